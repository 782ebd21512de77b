"""The shop's data: catalogue, stock, prices, charts, carts, voices of shoppers, consent and saved bodies."""
