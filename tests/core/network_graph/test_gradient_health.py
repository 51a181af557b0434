"""The message about gradients that vanish or explode."""

from explorer.core.network_graph.gradient_health import PassedGradient, diagnose_gradients


def test_the_message_names_where_gradients_vanish_and_why():
    layers = [
        PassedGradient("out", 0.1),
        PassedGradient("c", 0.08, activation="sigmoid"),
        PassedGradient("b", 0.001),
        PassedGradient("a", 0.00005),
    ]
    message = diagnose_gradients(layers)
    assert "vanish" in message
    assert "at a " in message
    assert "2,000 times smaller" in message
    assert "begins at c" in message
    assert "0.25" in message
    dead = [PassedGradient("out", 0.1), PassedGradient("c", 0.1, dead=0.9), PassedGradient("b", 1e-5)]
    assert "90% of its units are 0" in diagnose_gradients(dead)
    exploding = [PassedGradient("out", 0.1), PassedGradient("b", 3.0), PassedGradient("a", 500.0)]
    assert "explode" in diagnose_gradients(exploding)
    blocked = [PassedGradient("out", 0.1), PassedGradient("b", 0.1, dead=1.0), PassedGradient("a", 0.0)]
    assert "No gradient comes to a" in diagnose_gradients(blocked)
    assert "begin at b" in diagnose_gradients([PassedGradient("out", 0.1), PassedGradient("b", 0.1, nan=3)])
    assert diagnose_gradients([PassedGradient("out", 0.1), PassedGradient("b", 0.05)]) == ""
    assert diagnose_gradients([]) == ""
