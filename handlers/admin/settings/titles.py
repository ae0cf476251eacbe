"""Titles: what the parts of the settings are called."""

from handlers.base import N_, Texts

OTHERS = "others"

TITLES = {
    "community": N_("The community itself"),
    "points": N_("Points for posts"),
    "replies": N_("Points for replies"),
    "reactions": N_("Points for reactions"),
    "thanks": N_("Points for thanks"),
    "voice": N_("Points for time in voice"),
    "levels": N_("Levels"),
    "leaderboard": N_("Boards"),
    "courses": N_("The catalogue"),
    "my_courses": N_("Taking courses"),
    "learning": N_("Points for learning"),
    "reminders": N_("Reminders"),
    "exercises": N_("Exercises"),
    "ask": N_("Questions about lessons"),
    "quality": N_("How posts are read"),
    "flags": N_("Posts that look bad"),
    "review": N_("How experts are asked"),
    "experts": N_("Who could be an expert"),
    "course_review": N_("Courses that experts look over"),
    "suggest": N_("Suggestions"),
    "suggest_push": N_("Suggestions unasked"),
    "cohorts": N_("Cohorts"),
    "live": N_("Live lessons"),
    "nudges": N_("Nudges"),
    "roles": N_("Roles of people"),
    "privacy": N_("Privacy, and how long things are kept"),
    "claim": N_("Purchases and joining"),
    "speech": N_("Where I write"),
    OTHERS: N_("Commands, on or off"),
}


def title_of(t: Texts, part: str) -> str:
    """The title of a part; one without is called as in its keys."""
    return t(TITLES[part]) if part in TITLES else part
