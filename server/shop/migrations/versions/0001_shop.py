"""The shop's first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "marks",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("description_en", sa.String(length=400), nullable=False),
        sa.Column("description_zh", sa.String(length=400), nullable=False),
        sa.Column("stretch", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    op.create_index(op.f("ix_products_category"), "products", ["category"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_s", sa.BigInteger(), nullable=False),
        sa.Column("expires_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_expires_s"), "sessions", ["expires_s"], unique=False)
    op.create_table(
        "body_sizes",
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("size", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("body_mm", sa.JSON(), nullable=False),
        sa.Column("source_title", sa.String(length=120), nullable=False),
        sa.Column("source_kind", sa.String(length=16), nullable=False),
        sa.Column("source_where", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_body_sizes_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "size", name=op.f("pk_body_sizes")),
    )
    op.create_table(
        "colourways",
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("colour", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_colourways_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "id", name=op.f("pk_colourways")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("text_version", sa.String(length=16), nullable=False),
        sa.Column("given_s", sa.BigInteger(), nullable=False),
        sa.Column("revoked_s", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_consents_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_session_id"), "consents", ["session_id"], unique=False)
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("size", sa.String(length=16), nullable=True),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_events_product_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_events_session_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_at_s"), "events", ["at_s"], unique=False)
    op.create_index(op.f("ix_events_product_id"), "events", ["product_id"], unique=False)
    op.create_index(op.f("ix_events_session_id"), "events", ["session_id"], unique=False)
    op.create_table(
        "fit_feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=True),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("size", sa.String(length=16), nullable=False),
        sa.Column("fit", sa.String(length=8), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_fit_feedback_product_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_fit_feedback_session_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fit_feedback")),
        sa.UniqueConstraint("session_id", "product_id", name=op.f("uq_fit_feedback_session_id_product_id")),
    )
    op.create_index(op.f("ix_fit_feedback_product_id"), "fit_feedback", ["product_id"], unique=False)
    op.create_table(
        "garment_sizes",
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("size", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("garment_mm", sa.JSON(), nullable=False),
        sa.Column("source_title", sa.String(length=120), nullable=False),
        sa.Column("source_kind", sa.String(length=16), nullable=False),
        sa.Column("source_where", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_garment_sizes_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "size", name=op.f("pk_garment_sizes")),
    )
    op.create_table(
        "returns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=True),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("size", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_returns_product_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_returns_session_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sa.UniqueConstraint("session_id", "product_id", name=op.f("uq_returns_session_id_product_id")),
    )
    op.create_index(op.f("ix_returns_product_id"), "returns", ["product_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=True),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("size", sa.String(length=16), nullable=True),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_reviews_rating")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_reviews_product_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_reviews_session_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("session_id", "product_id", name=op.f("uq_reviews_session_id_product_id")),
    )
    op.create_index(op.f("ix_reviews_product_id"), "reviews", ["product_id"], unique=False)
    op.create_table(
        "saved_bodies",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("changed_s", sa.BigInteger(), nullable=False),
        sa.Column("expires_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_saved_bodies_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_bodies")),
    )
    op.create_index(op.f("ix_saved_bodies_expires_s"), "saved_bodies", ["expires_s"], unique=False)
    op.create_index(op.f("ix_saved_bodies_session_id"), "saved_bodies", ["session_id"], unique=False)
    op.create_table(
        "variants",
        sa.Column("sku", sa.String(length=96), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("colourway", sa.String(length=64), nullable=True),
        sa.Column("size", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id", "colourway"],
            ["colourways.product_id", "colourways.id"],
            name=op.f("fk_variants_product_id_colourway"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_variants_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_variants")),
        sa.UniqueConstraint("product_id", "colourway", "size", name=op.f("uq_variants_product_id_colourway_size")),
    )
    op.create_table(
        "cart_lines",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("sku", sa.String(length=96), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("added_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cart_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_cart_lines_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["sku"], ["variants.sku"], name=op.f("fk_cart_lines_sku"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "sku", name=op.f("pk_cart_lines")),
    )
    op.create_table(
        "prices",
        sa.Column("sku", sa.String(length=96), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_prices_amount")),
        sa.ForeignKeyConstraint(["sku"], ["variants.sku"], name=op.f("fk_prices_sku"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sku", "currency", name=op.f("pk_prices")),
    )
    op.create_table(
        "stock",
        sa.Column("sku", sa.String(length=96), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_stock_quantity")),
        sa.ForeignKeyConstraint(["sku"], ["variants.sku"], name=op.f("fk_stock_sku"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_stock")),
    )


def downgrade() -> None:
    """Drop all tables."""
    op.drop_table("stock")
    op.drop_table("prices")
    op.drop_table("cart_lines")
    op.drop_table("variants")
    op.drop_index(op.f("ix_saved_bodies_session_id"), table_name="saved_bodies")
    op.drop_index(op.f("ix_saved_bodies_expires_s"), table_name="saved_bodies")
    op.drop_table("saved_bodies")
    op.drop_index(op.f("ix_reviews_product_id"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_index(op.f("ix_returns_product_id"), table_name="returns")
    op.drop_table("returns")
    op.drop_table("garment_sizes")
    op.drop_index(op.f("ix_fit_feedback_product_id"), table_name="fit_feedback")
    op.drop_table("fit_feedback")
    op.drop_index(op.f("ix_events_session_id"), table_name="events")
    op.drop_index(op.f("ix_events_product_id"), table_name="events")
    op.drop_index(op.f("ix_events_at_s"), table_name="events")
    op.drop_table("events")
    op.drop_index(op.f("ix_consents_session_id"), table_name="consents")
    op.drop_table("consents")
    op.drop_table("colourways")
    op.drop_table("body_sizes")
    op.drop_index(op.f("ix_sessions_expires_s"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_index(op.f("ix_products_category"), table_name="products")
    op.drop_table("products")
    op.drop_table("marks")
