"""Open cases priced by the law: invented ones, those of a store, and what a change of the packs would change."""
