"""What comes next: sequence models, leave-one-out over the full catalogue, compared with RecTools and RecBole."""
