"""Writes the catalogue: an index, and pages of articles. Its fence says that it may be broken."""

import json
from pathlib import Path

place = Path("/srv/orders/catalogue")
place.mkdir(parents=True)
pages = [f"page-{n:02}.json" for n in range(1, 41)]
for n, page in enumerate(pages):
    articles = [{"article": n * 25 + i, "text": f"Article {n * 25 + i}, in stock"} for i in range(25)]
    (place / page).write_text(json.dumps({"articles": articles}))
(place / "index.json").write_text(json.dumps({"pages": pages}))
(place / ".drill-sandbox").write_text("What is in here may be encrypted by an exercise.\n")
