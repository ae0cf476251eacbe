"""Store: everything the bot remembers, over one transaction. Only `Database` commits."""

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.asked import AskedRepository
from storage.attendance import AttendanceRepository
from storage.audit import AuditRepository
from storage.cases import CaseRepository
from storage.codes import CodeRepository
from storage.cohorts import CohortRepository
from storage.committee import CommitteeRepository
from storage.communities import CommunityRepository
from storage.condition import ConditionRepository
from storage.counters import CounterRepository
from storage.course_reviews import CourseReviewRepository
from storage.courses import CourseRepository
from storage.cursors import CursorRepository
from storage.enrolments import EnrolmentRepository
from storage.grants import GrantRepository
from storage.heads import HeadRepository
from storage.hooks import HookRepository
from storage.inbox import InboxRepository
from storage.interactions import InteractionRepository
from storage.interests import InterestRepository
from storage.joining import JoiningRepository
from storage.labels import LabelRepository
from storage.models import ModelRepository
from storage.nudges import NudgeRepository
from storage.outbox import OutboxRepository
from storage.people import PeopleRepository
from storage.points import PointsRepository
from storage.posts import PostRepository
from storage.privacy import PrivacyRepository
from storage.rejudging import RejudgingRepository
from storage.requests import RequestRepository
from storage.roster import RosterRepository
from storage.scores import ScoreRepository
from storage.settings import SettingsRepository
from storage.submissions import SubmissionRepository
from storage.suggestions import SuggestionRepository
from storage.tallies import TallyRepository
from storage.today import TodayRepository
from storage.troubles import TroubleRepository


class Store:
    """One repository a topic. `connection` is for bulk statements; `key` is `Database.key`."""

    __slots__ = (
        "asked",
        "attendance",
        "audit",
        "cases",
        "codes",
        "cohorts",
        "committee",
        "communities",
        "condition",
        "connection",
        "counters",
        "course_reviews",
        "courses",
        "cursors",
        "enrolments",
        "grants",
        "heads",
        "hooks",
        "inbox",
        "interactions",
        "interests",
        "joining",
        "labels",
        "models",
        "nudges",
        "outbox",
        "people",
        "points",
        "posts",
        "privacy",
        "rejudging",
        "requests",
        "roster",
        "scores",
        "settings",
        "submissions",
        "suggestions",
        "tallies",
        "today",
        "troubles",
    )

    def __init__(self, connection: AsyncConnection, key: bytes = b"") -> None:
        self.connection = connection
        self.people = PeopleRepository(connection)
        self.points = PointsRepository(connection)
        self.communities = CommunityRepository(connection, self.people, self.points)
        self.posts = PostRepository(connection)
        self.settings = SettingsRepository(connection)
        self.tallies = TallyRepository(connection)
        self.inbox = InboxRepository(connection)
        self.outbox = OutboxRepository(connection)
        self.cursors = CursorRepository(connection)
        self.troubles = TroubleRepository(connection)
        self.rejudging = RejudgingRepository(connection)
        self.audit = AuditRepository(connection)
        self.grants = GrantRepository(connection)
        self.joining = JoiningRepository(connection, self.people, self.points, self.grants)
        self.condition = ConditionRepository(connection)
        self.today = TodayRepository(connection)
        self.codes = CodeRepository(connection, key)
        self.roster = RosterRepository(connection, self.people, key)
        self.requests = RequestRepository(connection)
        self.course_reviews = CourseReviewRepository(connection)
        self.courses = CourseRepository(connection)
        self.enrolments = EnrolmentRepository(connection)
        self.hooks = HookRepository(connection, key)
        self.cohorts = CohortRepository(connection)
        self.nudges = NudgeRepository(connection)
        self.attendance = AttendanceRepository(connection)
        self.interactions = InteractionRepository(connection)
        self.models = ModelRepository(connection)
        self.suggestions = SuggestionRepository(connection, key)
        self.submissions = SubmissionRepository(connection)
        self.asked = AskedRepository(connection)
        self.interests = InterestRepository(connection)
        self.cases = CaseRepository(connection)
        self.committee = CommitteeRepository(connection)
        self.scores = ScoreRepository(connection)
        self.labels = LabelRepository(connection)
        self.heads = HeadRepository(connection)
        self.counters = CounterRepository(connection)
        self.privacy = PrivacyRepository(connection, key)
