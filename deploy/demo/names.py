"""Invented names of people, businesses, streets and towns. None is anybody's: surnames and streets are made up here."""

from typing import Literal

Country = Literal["FI", "NO"]

GIVEN: dict[Country, tuple[str, ...]] = {
    "FI": (
        "Aino", "Eero", "Helmi", "Ilmari", "Kerttu", "Lauri", "Maija", "Niilo", "Oona", "Pekka", "Ritva", "Sakari",
        "Saara", "Taavi", "Tuuli", "Urho", "Venla", "Väinö", "Yrjö", "Elli",
    ),
    "NO": (
        "Astrid", "Bjarne", "Dagny", "Eirik", "Frøya", "Gunnar", "Hedda", "Ivar", "Jorunn", "Ketil", "Liv", "Magnhild",
        "Njål", "Oddny", "Ragna", "Sindre", "Tora", "Vegard", "Øyvind", "Åse",
    ),
}  # fmt: skip

SURNAME_STARTS: dict[Country, tuple[str, ...]] = {
    "FI": ("Tuulen", "Hallan", "Kaiun", "Udun", "Pihkan", "Roudan", "Kasteen", "Sumun", "Naavan", "Säteen", "Kuuran"),
    "NO": ("Lyng", "Tåke", "Rim", "Måse", "Frost", "Tyri", "Nepe", "Hubro", "Sildre", "Kvae", "Glime"),
}
SURNAME_ENDS: dict[Country, tuple[str, ...]] = {
    "FI": ("hovi", "tupa", "korento", "saarto", "lammi", "kaarre", "norola", "perukka", "vuoma"),
    "NO": ("haugsrud", "bråtvoll", "myrstøyl", "lihovd", "vassbu", "gardtun", "tverrnes", "skogvik", "fjellro"),
}
TRADES: dict[Country, tuple[str, ...]] = {
    "FI": ("Kahvila Oy", "Rakennus Oy", "Kukka Oy", "Kuljetus Oy", "Leipomo Oy", "Puutyö Oy", "Siivous Oy"),
    "NO": ("Bakeri AS", "Snekkeri AS", "Transport AS", "Blomster AS", "Regnskap AS", "Båtverft AS", "Kafé AS"),
}
STREETS: dict[Country, tuple[str, ...]] = {
    "FI": ("Utukuja", "Kastepolku", "Naavatie", "Hallakaarre", "Kaikukatu", "Pihkarinne", "Sumupolku"),
    "NO": ("Rimveien", "Tåkestien", "Lyngbakken", "Hubrovegen", "Tyrifaret", "Glimegata", "Nepelia"),
}
TOWNS: dict[Country, tuple[tuple[str, str], ...]] = {
    "FI": (("00530", "Helsinki"), ("33100", "Tampere"), ("20100", "Turku"), ("90100", "Oulu"), ("70100", "Kuopio")),
    "NO": (("0182", "Oslo"), ("5003", "Bergen"), ("7010", "Trondheim"), ("4006", "Stavanger"), ("9008", "Tromsø")),
}
SUBJECTS: dict[str, tuple[str, ...]] = {
    "kaamos": ("Sähkö, tammikuu", "Sähkö ja siirto", "Perusmaksu ja kulutus"),
    "hymy": ("Hammastarkastus", "Paikkaus, yksi hammas", "Suuhygienistin käynti"),
    "fjord": ("Bredbånd, kvartal", "Bredbånd og TV", "Etablering og abonnement"),
}
