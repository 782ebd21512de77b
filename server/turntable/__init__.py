"""Pictures of the dressed mannequin on request: one child process, beside the live workers and behind them."""
