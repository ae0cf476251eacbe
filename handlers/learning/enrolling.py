"""Enrolling: who may come into a course by themselves."""

from pydantic import Field

from handlers.base import N_, Context, FeatureSettings, UserError
from handlers.words.courses import price_in_words, title_of
from storage.courses import Course


class Settings(FeatureSettings):
    enrol_in_paid: bool = Field(
        default=True,
        description=N_("Whether members may enrol by themselves in courses that have a price."),
    )


def may_enrol(ctx: Context, course: Course) -> None:
    """Raises UserError, with the way in, where a member may not enrol by themselves."""
    t = ctx.t
    if course.state != "published":
        raise UserError(
            t("{title} takes nobody in at present.", title=title_of(t, course)),
            t("{command} shows what there is.", command="/courses"),
        )
    if course.price and not ctx.settings(Settings).enrol_in_paid:
        price = price_in_words(t, course.price, course.currency)
        way = (
            t("You can buy it here: {link}", link=course.link)
            if course.link
            else t("Please ask an admin how to buy it.")
        )
        raise UserError(
            t("{title} costs {price}.", title=title_of(t, course), price=price),
            way,
            t("Have you bought it? Show me the code that you were sent: {command}", command="/claim"),
        )
