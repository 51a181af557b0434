"""Two hundred expressions whose graphs have every shape: chains, fan-outs, constants, vectors, definitions."""

import random

from explorer.core.expression.examples import EXAMPLES

COUNT = 200

FUNCTIONS = (
    "sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "sigmoid", "relu", "abs", "square", "softplus", "erf", "atan",
    "cbrt", "log1p", "expm1", "gelu", "silu", "elu", "leaky_relu", "sinh", "cosh", "asinh",
)  # fmt: skip

FORMULAS = (
    "sin(2*x)", "x*sin(x)", "x*x", "x*x*x", "x^2", "x^y", "x-x", "3", "x", "-x", "1/x", "x/y", "abs(x)",
    "(-b+sqrt(b^2-4*a*c))/(2*a)", "sigmoid(w*x+b)*(1-sigmoid(w*x+b))", "h=x*y; sin(h)+h*h",
    "exp(-x^2/2)/sqrt(2*pi)", "log(1+exp(-y*(w*x+b)))", "1/3*x^3", "(1-cos(x))/x^2", "x*y+sin(x)", "x*y*z",
    "sqrt(x^2+y^2+z^2)", "(x+y)*(x-y)", "x^2*y^2*z^2", "sin(x)*cos(x)*tan(x)", "a*x^3+b*x^2+c*x+d",
    "tanh(tanh(tanh(tanh(tanh(x)))))", "sin(cos(tan(exp(sin(cos(tan(exp(x))))))))", "max(x,y)*min(x,y)",
    "h=x+1; h*h*h", "h=x^2; g=h*h; g*h+g", "h=sin(x); h/(1+h)+h^2", "u=x*y; v=u+x; u*v+v*y+u",
    "x+2*x+3*x+4*x+5*x", "x*1*2*3*4*5", "sum([1,2,3]*x)", "(x-a)*(x-b)*(x-c)*(x-d)",
    "log(x)/x + x/log(x)", "x^2/(1+x)^2 - 2*x/(1+x) + 1", "exp(x)/(exp(x)+exp(y)+exp(z))",
)  # fmt: skip

ARRAYS = (
    "W=[[1,-2],[3,4]]; x=[1,2]; b=[0.5,-1]; relu(W@x+b)", "x=[1,2,3]; sum(x*x)", "x=[1,2,3]; w=[3,2,1]; dot(w,x)",
    "z=[2,1,-1]; softmax(z)", "A=[[1,2],[3,4]]; B=[[5,6],[7,8]]; sum(A@B)", "x=[1,2,3]; norm(x)",
    "W=[[1,2,3],[4,5,6]]; x=[1,2,3]; sum(tanh(W@x)^2)", "A=[[1,2],[3,4]]; sum(transpose(A)@A)",
    "x=[1,2,3]; c=2; mean((x-c)^2)", "x=[1,2,3]; logsumexp(x)", "x=[1,2]; y=[3,4]; sum(x*y)/(norm(x)*norm(y))",
    "W1=[[1,2],[3,4]]; W2=[[1,1],[2,1]]; x=[1,2]; sum(W2@relu(W1@x))",
    "x=[[1,2,3,4,5,6],[6,5,4,3,2,1]]; sum(x*x)", "A=[[2,1],[1,3]]; x=[1,2]; dot(x,A@x)/dot(x,x)",
)  # fmt: skip


def expressions():
    """Return `COUNT` distinct expressions, the same each time."""
    texts = list(dict.fromkeys([*FORMULAS, *(text for _, text in EXAMPLES), *ARRAYS]))
    draw = random.Random(20)
    while len(texts) < COUNT:
        ops = draw.choice((3, 5, 7, 9, 11, 13, 15, 15, 20))
        text = draw.choice((_random_formula, _chain, _with_definitions))(draw, ops)
        if text not in texts:
            texts.append(text)
    return texts[:COUNT]


def _random_formula(draw, ops, names="xyzw"):
    """Return a formula with about ``ops`` ops whose names occur again and again."""
    if ops <= 0:
        return draw.choice((*names, *names, str(draw.randint(2, 9))))
    if draw.random() < 0.4:
        return f"{draw.choice(FUNCTIONS)}({_random_formula(draw, ops - 1, names)})"
    left = draw.randint(0, ops - 1)
    one, other = _random_formula(draw, left, names), _random_formula(draw, ops - 1 - left, names)
    return f"({one}){draw.choice('+-**/')}({other})" if draw.random() < 0.9 else f"({one})^2"


def _chain(draw, ops):
    """Return a chain of functions, with a number here and there."""
    text = "x"
    for _ in range(ops):
        kind = draw.random()
        function = draw.choice(FUNCTIONS)
        text = f"{function}({text})" if kind < 0.7 else f"{draw.randint(2, 9)}*{text}" if kind < 0.85 else f"({text})+x"
    return text


def _with_definitions(draw, ops):
    """Return a program whose definitions are used several times."""
    names, lines = ["x", "y"], []
    for number in range(draw.randint(1, 3)):
        lines.append(f"h{number}={_random_formula(draw, max(ops // 4, 1), names)}")
        names += [f"h{number}"] * 2
    return "; ".join([*lines, _random_formula(draw, max(ops // 2, 2), [*names, names[-1]])])
