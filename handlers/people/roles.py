"""Roles of people: who may do what here, read from the platform or granted by /grant."""

import re

from pydantic import Field

from handlers.base import EXPERT, HELPER, N_, TEACHER, Feature, FeatureSettings, Role

_NAME = re.compile(r"\w+")


class Settings(FeatureSettings):
    """Who counts as what."""

    newcomer_days: int = Field(
        default=7, ge=0, le=365, description=N_("For how many days somebody is a newcomer.")
    )
    expert_roles: str = Field(
        default="", max_length=500, description=N_("Roles on Discord whose holders are experts, by number.")
    )
    teacher_roles: str = Field(
        default="", max_length=500, description=N_("Roles on Discord whose holders are teachers, by number.")
    )
    helper_roles: str = Field(
        default="", max_length=500, description=N_("Roles on Discord whose holders are helpers, by number.")
    )

    @property
    def named(self) -> dict[str, Role]:
        """Platform role -> what its holders are here; where two name one, the first counts."""
        found: dict[str, Role] = {}
        chosen = {EXPERT: self.expert_roles, TEACHER: self.teacher_roles, HELPER: self.helper_roles}
        for role, names in chosen.items():
            for name in _NAME.findall(names):
                found.setdefault(name, role)
        return found


feature = Feature("roles", Settings)
