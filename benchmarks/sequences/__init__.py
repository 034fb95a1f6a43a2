"""What comes next: sequence models, leave-one-out over the full catalogue, beside RecTools and RecBole."""
