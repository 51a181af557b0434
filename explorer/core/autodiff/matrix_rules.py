"""The derivatives of a matrix product, in matrix form, for matrices and vectors and with transposed factors."""

from collections.abc import Sequence

MATMUL_TYPES = frozenset({"MatMul", "BatchMatMulV2", "matmul"})
"""Types of matrix products; ``matmul`` is one that TensorFlow computes by several ops."""

_MATRICES = {
    (False, False): ("G Bᵀ", "Aᵀ G"),
    (True, False): ("B Gᵀ", "A G"),
    (False, True): ("G B", "Gᵀ A"),
    (True, True): ("Bᵀ Gᵀ", "Gᵀ Aᵀ"),
}
"""The gradients of A and B, by whether A and B are transposed before they are multiplied."""

_VECTORS = {
    (2, 1): ("G Bᵀ", "Aᵀ G"),
    (1, 2): ("B G", "A Gᵀ"),
    (1, 1): ("G B", "G A"),
}
"""The gradients of A and B, by their ranks; vectors are columns, and the product of two vectors is a number."""


def matmul_gradients(ranks: Sequence[int], transposed: Sequence[int] = ()) -> tuple[str, str]:
    """Return the gradients of both factors, in terms of the factors A and B and the upstream gradient G.

    ranks: those of the factors. transposed: slots of the factors that the op transposes before it multiplies.
    """
    rule = _VECTORS.get((ranks[0], ranks[1])) if len(ranks) == 2 else None
    return rule or _MATRICES[0 in transposed, 1 in transposed]


def matmul_formula(ranks: Sequence[int], names: tuple[str, str], transposed: Sequence[int] = ()) -> str:
    """Return the rule with names for the factors: ``dW = G xᵀ,  dx = Wᵀ G``."""
    gradients = matmul_gradients(ranks, transposed)
    return ",  ".join(
        f"d{name} = {with_names(gradient, names)}" for name, gradient in zip(names, gradients, strict=True)
    )


def with_names(gradient: str, names: Sequence[str], upstream: str = "G") -> str:
    """Return a gradient of `matmul_gradients` with other names for its factors A and B, and for G."""
    return " ".join(_named(factor, names, upstream, "({})ᵀ", "ᵀ") for factor in gradient.split())


def with_latex(gradient: str, names: Sequence[str], upstream: str = "G") -> str:
    """Return a gradient of `matmul_gradients` as LaTeX, with the LaTeX of A, B and G."""
    transposed = r"\left({}\right)^{{\top}}"
    return r" \, ".join(_named(factor, names, upstream, transposed, r"^{\top}") for factor in gradient.split())


def _named(factor: str, names: Sequence[str], upstream: str, compound: str, transposed: str) -> str:
    """Return a factor with its name; a compound one, which stands for G, needs parentheses to be transposed."""
    name = {"A": names[0], "B": names[-1], "G": upstream}[factor[0]]
    if not factor.endswith("ᵀ"):
        return name
    return compound.format(name) if factor[0] == "G" and not upstream.isidentifier() else name + transposed
