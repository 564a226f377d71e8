"""The club's articles."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Article:
    slug: str
    title: str
    author: str
    date: str
    summary: str
    text: str

    @property
    def paragraphs(self) -> list[str]:
        return self.text.strip().split("\n\n")


ARTICLES = (
    Article(
        slug="the-shelf-in-the-laundrette",
        title="The shelf in the laundrette",
        author="Farid",
        date="2 November",
        summary="A wash takes forty minutes. That turns out to be exactly one long short story.",
        text="""
The shelf was meant for detergent. When the machine that sold it broke, somebody left a paperback there, and
by the end of the week there were nine. Nobody had asked for a library, so nobody made rules for it.

I keep the place open until ten, and I have learned what people read while they wait. Not the thick ones:
those go home under an arm and come back in spring. It is the stories that are finished with the spin cycle
that stay on the shelf, with a receipt in them at the good page.

If you bring one, write your house number inside the cover. Twice now that has led to a cup of tea.
""",
    ),
    Article(
        slug="how-we-run-an-evening",
        title="How we run an evening",
        author="Greta",
        date="26 October",
        summary="One lamp, one question, and nobody has to have finished the book.",
        text="""
We tried it with an agenda. We tried it with a chair, in both senses. What has lasted is this: whoever hosts
puts one question on a card in the middle of the table, and we begin when the lamp is lit.

The question should be one that the host cannot answer. “What does she want?” has carried us through a whole
evening more than once. “Did you like it?” has never carried us past the soup.

Nobody has to have finished the book. Those who have may not say how it ends; those who have not may guess,
and they are right more often than you would think.
""",
    ),
    Article(
        slug="a-letter-about-margins",
        title="A letter about margins",
        author="Ines",
        date="14 October",
        summary="In defence of the pencil, and of the stranger who wrote “no!” on page 112.",
        text="""
Dear club, I have the copy of the October book that has been round the street twice, and I am writing to thank
whoever wrote “no!” beside the proposal on page 112. I had read it as a happy scene.

A clean book tells you what the author thought. A book with pencil in it tells you that you are not alone on
the page, which is, I suppose, why we have a club at all.

Pencil only, please. Jonas has found ink in the Moomins and has not been the same since.
""",
    ),
    Article(
        slug="reading-in-the-dark-months",
        title="Reading in the dark months",
        author="Jonas",
        date="5 October",
        summary="Six books for evenings that begin at four.",
        text="""
There is a kind of book that does not work before November. In June it is slow; in the dark it is company. My
list has six of them, and all six have snow or a ship in them.

Start with something that has a map at the front. Go on with letters, which can be put down. Keep the one with the
lighthouse for the week when the heating fails, and read it aloud.

The rest of the list hangs in the window of number 19. Add to it; the pencil is on a string.
""",
    ),
)
