"""How a post is written: counts and shares that a reader sees at once, in English and in Chinese.

They are also the reasons that can be named: each column has a name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from recsys.encoders import CUT
from recsys.quality.kinds import Floats
from recsys.quality.normalise import plain

NAMES: Final = (
    "length", "words", "links", "link_share", "invites", "mentions", "digit_share", "numbers", "money",
    "capitals", "exclamations", "questions", "emoji", "emoji_share", "repeated", "distinct", "code",
    "disguise", "contact", "selling", "winning", "rude", "thanks", "you", "learning", "lines", "wordless",
)  # fmt: skip

_LINK: Final = re.compile(
    r"https?://\S+|\bwww\.\S+|\b(?:t\.me|discord\.gg|wa\.me|bit\.ly)/\S+|\b[a-z0-9][\w-]*\.(?:com|net|org|io|co|cn|xyz|"
    r"top|info|example|shop|site|online|club|vip)\b\S*",
    re.IGNORECASE,
)
_INVITE: Final = re.compile(
    r"t\.me/|telegram\.me/|discord\.(?:gg|com/invite)|wa\.me/|chat\.whatsapp|bit\.ly|tinyurl|goo\.gl|ow\.ly|is\.gd|cutt\.ly"
    r"|[?&](?:ref|aff|invite)=|joinchat",
    re.IGNORECASE,
)
_MENTION: Final = re.compile(r"(?<![\w.])@\w{2,}")
_NUMBER: Final = re.compile(r"\d[\d \-]{3,}\d")
_MONEY: Final = re.compile(
    r"[$€£¥￥%％]|\d+ ?(?:usd|usdt|eth|btc|k\b|元|块|万|刀|u\b)|\b(?:usdt?|btc|eth)\b", re.IGNORECASE
)
_EMOJI: Final = re.compile("[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\u231a-\u23ff]")
_REPEATED: Final = re.compile(r"(.)\1{2,}", re.DOTALL)
_CODE: Final = re.compile(r"[{}\[\]();=<>`_\\|/+*&#]")
_CODE_BLOCK: Final = re.compile(
    r"```|`[^`]+`|\b(?:def|import|const|let|return|print|sudo|git|pip|npm|select)\b|\w+\(\)|Error\b"
)
_CONTACT: Final = re.compile(
    r"\b(?:dm|pm|inbox|whats ?app|telegram|text|call|contact|message|add|email|write)(?:ed|s)?\b"
    r"(?= (?:me|us|now|our|my|to|at|on|for|him|her|the|\+|@|\d)|[:：]? ?[@+\d])|\b(?:dm|inbox|whats ?app"
    r"|link in (?:my )?(?:bio|profile|description))\b"
    r"|微信|加[vV我微扣qQ]|[vV]信|\b[vV][xX]\b|威信|薇信|私聊|私信|私我|滴滴|联系|扣扣|[qQ][qQ]|进群|扫码|加群|客服|咨询|电报|飞机|频道|主页|详情|\btg\b",
    re.IGNORECASE,
)
_SELLING: Final = re.compile(
    r"\b(?:subscribe|sub|buy|order|sale|discount|promo|offer|cheap|price|earn|income|invest\w*|profit|deal|deals|shop|sell\w*|giveaway"
    r"|airdrop|presale|whitelist|mint|nft|token|crypto|casino|bet|odds|loan|signals|followers|channel|referral|commission|vip|services?"
    r"|guarantee\w*|limited|hurry|join|visit|check out|sign up|register|click|download|unlimited|hire"
    r"|hiring)\b"
    r"|兼职|日结|刷单|代理|招聘|招募|高薪|月入|赚钱|利润|收益|投资|理财|贷款|优惠|折扣|包邮|批发|货源|低价|最低价|出售|回收|收购|办理|代办|代写|保过"
    r"|平台|注册|邀请码|推广|引流|担保|通道|料|博彩|彩票|彩金|下注|开户|提现|到账|首充|约会|空降|资源|会员|机场|翻墙|节点|承接|合作|对接|套现|一手|供应",
    re.IGNORECASE,
)
_WINNING: Final = re.compile(
    r"\b(?:free|win|winner|won|prize|claim|congratulations|selected|urgent|reward|bonus|cash|gift|guaranteed|100%|award\w*|entitled"
    r"|offer|unsubscribe|stop|txt|reply)\b|免费|中奖|恭喜|奖金|红包|福利|领取|送\d|赠送|稳赚|包赔|抽奖|秒到|秒批|无需",
    re.IGNORECASE,
)
_RUDE: Final = re.compile(
    r"\b(?:idiot\w*|moron\w*|stupid|dumb\w*|retard\w*|bitch\w*|cunt\w*|whore\w*|slut\w*|hoe?s?|pussy|dick\w*|ass|asshole\w*|bastard\w*"
    r"|fuck\w*|motherf\w*|shit\w*|stfu|loser\w*|scum|trash|garbage|faggot\w*|fags?|nigg\w*|dyke\w*|pathetic|ugly|worthless|disgust\w*"
    r"|subhuman|imbecile\w*|clown|kys|kill you\w*|rape\w*|die|pig|creep|pervert|parasite|filthy|hate you)\b"
    r"|傻[逼比屄bB叉]|煞笔|沙比|[sS][bB]|脑残|智障|弱智|白痴|蠢|废物|垃圾|滚|去死|死全家|全家都?死|贱|婊|畜生|狗东西|走狗|恶心|变态|[操艹肏草][你他她]|[你他]妈[的逼]?"
    r"|妈的|尼玛|[nN][mM][sS][lL]|王八|杂种|黑鬼|鬼子|棒子|阿三|娘炮|绿茶|女拳|普信|穷鬼|丑|没素质|不要脸|臭|弄死|打死|打断|该死|骗子|小偷|刁民|拖出去|猪|狗",
    re.IGNORECASE,
)
_THANKS: Final = re.compile(
    r"\b(?:thanks?|thank you|thx|appreciate\w*|grateful|congrat\w*|welcome|please|sorry)\b"
    r"|谢|感谢|辛苦|恭喜|欢迎|请问|麻烦|不好意思|求教",
    re.IGNORECASE,
)
_YOU: Final = re.compile(
    r"\b(?:you|your|youre|you're|u|ur|they|them|these|those people)\b|你|您|他们|她们|这种人|这帮|某些",
    re.IGNORECASE,
)
_LEARNING: Final = re.compile(
    r"\b(?:lessons?|modules?|chapters?|weeks?|course|homework|assignments?|quiz|exam|lecture|video|slides|exercise|question|answer|task"
    r"|project|teacher|professor|instructor|deadline|code|function|error|formula|tutorial|learn\w*|study|explain|understand|example)\b"
    r"|课|作业|单元|章|老师|助教|同学|考试|测验|题|答案|项目|视频|讲义|笔记|代码|报错|公式|学习|教材|练习|论文|证书|回放|直播|学完|看懂|明白",
    re.IGNORECASE,
)
_LETTER: Final = re.compile(r"[^\W\d_]")
_UPPER: Final = re.compile(r"[A-Z]")
_ASCII_LETTER: Final = re.compile(r"[A-Za-z]")
_WORD: Final = re.compile(r"[a-z0-9']+|[\u3400-\u9fff]", re.IGNORECASE)


def surface(texts: Sequence[str], shown: Sequence[tuple[str, int]] | None = None) -> Floats:
    """Posts as they were written -> [posts x NAMES], each roughly between 0 and a few.

    shown: what `plain` says of each, where it is known.
    """
    if not texts:
        return np.empty((0, len(NAMES)), np.float32)
    plainly = [plain(text) for text in texts] if shown is None else shown
    return np.array([_row(text[:CUT], *one) for text, one in zip(texts, plainly, strict=True)], np.float32)


def _row(text: str, shown: str, disguised: int) -> list[float]:
    size = max(len(shown), 1)
    links = _LINK.findall(shown)
    unlinked = _LINK.sub(" ", shown) if links else shown
    letters = len(_LETTER.findall(unlinked))
    ascii_letters = len(_ASCII_LETTER.findall(unlinked))
    emoji = len(_EMOJI.findall(text))
    found = _WORD.findall(unlinked)
    return [
        math.log1p(len(shown)) / 2,
        math.log1p(len(found)) / 2,
        min(len(links), 3),
        sum(map(len, links)) / size,
        min(len(_INVITE.findall(shown)), 2),
        min(len(_MENTION.findall(shown)), 3),
        sum(map(str.isdigit, unlinked)) / size * 3,
        min(len(_NUMBER.findall(unlinked)), 3),
        min(len(_MONEY.findall(unlinked)), 4) / 2,
        len(_UPPER.findall(unlinked)) / ascii_letters * 2 if ascii_letters >= 8 else 0.0,
        math.log1p(shown.count("!") + shown.count("！")),
        math.log1p(shown.count("?") + shown.count("？")),
        math.log1p(emoji),
        emoji / size * 3,
        min(len(_REPEATED.findall(text)), 4) / 2,
        len(set(shown.lower())) / size,
        len(_CODE.findall(unlinked)) / size * 5 + min(len(_CODE_BLOCK.findall(shown)), 3) / 2,
        math.log1p(disguised),
        math.log1p(len(_CONTACT.findall(unlinked))),
        math.log1p(len(_SELLING.findall(unlinked))),
        math.log1p(len(_WINNING.findall(unlinked))),
        math.log1p(len(_RUDE.findall(unlinked))),
        math.log1p(len(_THANKS.findall(unlinked))),
        math.log1p(len(_YOU.findall(unlinked))),
        math.log1p(len(_LEARNING.findall(unlinked))),
        math.log1p(shown.count("\n")),
        float(letters < 2),
    ]
