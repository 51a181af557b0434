"""Example expressions, each with a title."""

EXAMPLES = (
    ("The chain rule", "sin(2*x)"),
    ("Two inputs", "x*y + sin(x)"),
    ("A name used twice: gradients add up", "h = 2*x; y = sin(h) + h^2"),
    ("Product and quotient", "x^2*exp(-x)/(1 + x^2)"),
    ("A saturated sigmoid", "x = 3; sigmoid(50x)"),
    ("A closed relu", "x = 1; relu(x - 3)*y"),
    ("A gradient that is stopped", "x*stop_gradient(x)"),
    ("A rule of your own: straight through a step", "custom(round(x), 1)*x"),
    ("A perceptron", "W = [[1,-2],[3,4]]; x = [1,2]; b = [0.5,-1]; relu(W @ x + b)"),
    ("Softmax cross-entropy", "z = [2,1,-1]; -sum([1,0,0]*log_softmax(z))"),
    ("A logistic loss", "x = 2; w = 0.5; b = -1; p = sigmoid(w*x + b); -log(p)"),
)
