"""The room in which people hold an exercise: a page for each seat, in a browser.

Its laws:

- It never writes the journal. It reads it as anybody may, and what people say goes to the desk
  of whoever conducts.
- Nobody is let in by an address: a link is a credential, kept here as its hash alone, and bound
  to one seat. Loopback is no defence either, for any web page can reach it.
- What a seat must not see is removed from the View before a page is made of it
  (:mod:`drill.console.sight`); a page never decides who may see what.
- The routes are one table, and what is not in it is not there.
- What people typed is never lost: a refusal hands it back.
"""
