"""What-if: the difference that changed rules make, figure by figure."""
