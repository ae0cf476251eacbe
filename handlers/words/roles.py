"""Roles in words."""

from handlers.base import (
    ADMIN,
    ANYONE,
    EXPERT,
    HELPER,
    MEMBER,
    MUTED,
    N_,
    NEWCOMER,
    OWNER,
    TEACHER,
    Role,
    Texts,
    UserError,
)

ROLES = {
    OWNER: N_("owner"),
    ADMIN: N_("admin"),
    EXPERT: N_("expert"),
    TEACHER: N_("teacher"),
    HELPER: N_("helper"),
    MEMBER: N_("member"),
    NEWCOMER: N_("newcomer"),
    MUTED: N_("muted"),
}

ONLY = {
    MEMBER: N_("Only members can use this here."),
    HELPER: N_("Only helpers and admins can use this here."),
    TEACHER: N_("Only teachers and admins can use this here."),
    EXPERT: N_("Only experts and admins can use this here."),
    ADMIN: N_("Only admins can use this here."),
    OWNER: N_("Only the owner can use this here."),
}
"""What is said to whoever lacks the role that is needed."""

WHOM = {
    ANYONE: N_("everybody"),
    MEMBER: N_("members"),
    HELPER: N_("helpers and admins"),
    TEACHER: N_("teachers and admins"),
    EXPERT: N_("experts and admins"),
    ADMIN: N_("admins"),
    OWNER: N_("the owner"),
}
"""Whom a command is for, by the role that it needs."""


def role_in_words(t: Texts, role: str) -> str:
    """ "expert", in the reader's language."""
    return t(ROLES[Role(role)])


def read_role(word: str, t: Texts) -> Role:
    """A role by its name, in English or in the reader's language. Raises UserError."""
    folded = word.casefold()
    for role, name in ROLES.items():
        if folded in (role.value, t(name).casefold()):
            return role
    words = t.c("list", ", ").join(t(name) for name in ROLES.values())
    raise UserError(t("“{word}” is none of: {choices}.", word=word[:40], choices=words))
