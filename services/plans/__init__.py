"""Plans: instalments a debtor can keep, and what follows when one does not come."""
