"""The built-in encoder, and one of sentence-transformers that is made here: tiny, and with no network."""

from pathlib import Path

import numpy as np
import pytest

from recsys.encoders import BUILTIN, CUT, Encoder, EncoderError, load_encoder


@pytest.fixture(scope="module")
def builtin() -> Encoder:
    return load_encoder(BUILTIN)


def test_the_same_question_in_two_languages_is_close_and_another_is_not(builtin):
    english, chinese, other = builtin.encode(
        ["What is a command shell?", "什么是命令行 shell？", "How do I bake bread?"]
    )

    assert english @ chinese > 0.7 > 0.4 > english @ other


def test_whatever_is_written_has_a_vector_of_length_one(builtin):
    found = builtin.encode(["", "   ", "🎉🎉", "\ud83d half a sign", "\u200b\u200b", "好", "a" * 9_000])

    assert (found.shape, found.dtype) == ((7, builtin.size), np.float32)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert builtin.encode([]).shape == (0, builtin.size)


def test_neither_company_nor_what_is_cut_off_changes_a_vector(builtin):
    long = "learn to write loops " * 100

    alone, [_, beside, cut] = builtin.encode([long]), builtin.encode(["Hello", long, long[:CUT]])

    assert np.allclose(alone[0], beside, atol=1e-5)
    assert np.allclose(beside, cut, atol=1e-5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model of two layers and a handful of words, never trained."""
    pytest.importorskip("sentence_transformers")
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertConfig, BertModel, BertTokenizerFast

    made = tmp_path_factory.mktemp("bert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "what", "is", "a", "shell", "loop"]
    (made / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizerFast(vocab_file=str(made / "vocab.txt")).save_pretrained(made)
    BertModel(
        BertConfig(
            vocab_size=len(words),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
        )
    ).save_pretrained(made)
    word = models.Transformer(str(made), max_seq_length=32)
    whole = tmp_path_factory.mktemp("model")
    SentenceTransformer(modules=[word, models.Pooling(word.get_word_embedding_dimension())]).save(str(whole))
    return whole


@pytest.mark.transformers
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_any_model_of_sentence_transformers_can_be_named(folder):
    encoder = load_encoder(str(folder))

    found = encoder.encode(["what is a shell", "", "\ud83d loop"])

    assert (encoder.name, encoder.size, found.shape, found.dtype) == (str(folder), 16, (3, 16), np.float32)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


@pytest.mark.transformers
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_a_folder_without_a_model_is_said_in_a_sentence(tmp_path):
    pytest.importorskip("sentence_transformers")

    with pytest.raises(EncoderError, match="cannot be opened"):
        load_encoder(str(tmp_path))
