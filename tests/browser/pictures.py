"""Adds two pictures to every waiting claim: ``python tests/browser/pictures.py`` in a site's environment."""

from __future__ import annotations

import io

from PIL import Image
from sqlalchemy import select

from backoffice.app import create_app
from models import Claim, ClaimAttachment
from models.enums import ClaimStatus
from services import attachments
from views.extensions import system_session

SIZES = (900, 1200), (1600, 700)  # a page and a wide one
WAITING = ClaimStatus.SUBMITTED, ClaimStatus.ACCEPTED, ClaimStatus.DECLARED


def add() -> None:
    """Attach the pictures to the claims of all queues."""
    app = create_app()
    with app.app_context(), system_session() as session:
        for claim in session.scalars(select(Claim).where(Claim.status.in_(WAITING))):
            for number, size in enumerate(SIZES):
                stream = io.BytesIO()
                Image.new("RGB", size, (claim.id % 256, 90, 60 * number)).save(stream, "PNG")
                data = stream.getvalue()
                session.add(
                    ClaimAttachment(
                        claim_id=claim.id,
                        uploaded_by_id=claim.attachments[0].uploaded_by_id,
                        filename=f"扫描件{number + 1}.png",
                        mime="image/png",
                        size=len(data),
                        sha256=attachments.sha256(data),
                        media_key=app.media.put(data),
                    )
                )


if __name__ == "__main__":
    add()
