"""From a processor's payout to its plan, and the matching of rows with payments and bank lines."""
