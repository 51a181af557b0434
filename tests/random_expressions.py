"""Random expressions with a given number of ops."""

from random import Random

FUNCTIONS = ("sin", "cos", "exp", "log", "tanh", "sqrt", "sigmoid", "relu")

OPERATORS = ("+", "-", "*", "/")

LEAVES = ("x", "x", "y", "2", "0.5")


def random_expression(random: Random, ops: int) -> str:
    """Return an expression of ``ops`` functions, operators and powers."""
    if ops == 0:
        return random.choice(LEAVES)
    kind = random.choice(("function", "function", "operator", "operator", "power"))
    if kind == "function":
        return f"{random.choice(FUNCTIONS)}({random_expression(random, ops - 1)})"
    if kind == "power":
        return f"({random_expression(random, ops - 1)})^{random.choice('23')}"
    left = random.randrange(ops)
    return f"({random_expression(random, left)}){random.choice(OPERATORS)}({random_expression(random, ops - 1 - left)})"


def random_expressions(count: int, ops: range, seed: int = 1) -> list[str]:
    """Return different expressions, each with a variable."""
    random = Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        text = random_expression(random, random.choice(ops))
        if "x" in text.replace("exp", ""):
            found[text] = None
    return list(found)
