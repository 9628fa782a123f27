"""The files of labels that are kept are found by their lot."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_index("label_jobs_lot", "label_jobs", ["lot"])


def downgrade() -> None:
    op.drop_index("label_jobs_lot", "label_jobs")
