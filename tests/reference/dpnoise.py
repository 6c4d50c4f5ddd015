"""Slow twins of the private noise: the textbook's algorithms, coin by coin, from words or over every outcome.

``Tape`` gives coins from 32-bit words, as the kernel takes them; ``law_of`` follows both sides of every coin and adds
up probabilities, so that a law is checked without a draw.
"""

WORD = 2**32


class Dry(Exception):
    """The tape ended within a draw."""


class Tape:
    def __init__(self, words):
        self.words, self.next = [int(word) for word in words], 0

    def word(self):
        if self.next == len(self.words):
            raise Dry
        self.next += 1
        return self.words[self.next - 1]

    def below(self, n):
        """Lemire's method: the high part of word times n; the 2^b mod n smallest low parts are refused."""
        if n == 1:
            return 0
        base = WORD if n <= WORD else WORD**2
        while True:
            word = self.word() if base == WORD else self.word() * WORD + self.word()
            high, low = divmod(word * n, base)
            if low >= base % n:
                return high

    def coin(self, numerator, denominator):
        return self.below(denominator) < numerator

    def sign(self):
        return self.word() % 2


class Script:
    """Coins that fall as written; the first one beyond the script asks for both of its sides."""

    def __init__(self, falls):
        self.falls, self.next = falls, 0

    def below(self, n):
        return 0 if n == 1 else self.take([(i, 1 / n) for i in range(n)])

    def coin(self, numerator, denominator):
        return self.chance(numerator / denominator)

    def chance(self, probability):
        if probability in (0.0, 1.0):
            return bool(probability)
        return self.take([(True, probability), (False, 1 - probability)])

    def sign(self):
        return self.below(2)

    def take(self, sides):
        if self.next == len(self.falls):
            raise Fork(sides)
        self.next += 1
        return self.falls[self.next - 1]


class Fork(Exception):
    def __init__(self, branches):
        self.branches = branches


def law_of(draw, least=1e-12):
    """Outcome -> probability of ``draw(coins)``, in floats; branches less probable than ``least`` are left out."""
    law, open_branches = {}, [([], 1.0)]
    while open_branches:
        falls, weight = open_branches.pop()
        script = Script(falls)
        try:
            outcome = draw(script)
        except Fork as fork:
            branches = [([*falls, fall], weight * chance) for fall, chance in fork.branches]
            open_branches += [branch for branch in branches if branch[1] > least]
        else:
            law[outcome] = law.get(outcome, 0.0) + weight
    return law


def survives(tape):
    """True with probability exp(-1)."""
    k = 2
    while tape.coin(1, k):
        k += 1
    return k % 2 == 1


def survives_part(tape, numerator, denominator, scale=1, squared=False):
    """True with probability exp(-x / scale), x the ratio or its square, at most 1."""
    k = 1
    while (
        tape.coin(1, k * scale)
        and tape.coin(numerator, denominator)
        and (not squared or tape.coin(numerator, denominator))
    ):
        k += 1
    return k % 2 == 1


def survives_ratio(tape, numerator, denominator):
    whole, part = divmod(numerator, denominator)
    return all(survives(tape) for _ in range(whole)) and survives_part(tape, part, denominator)


def survives_square(tape, w, p):
    i, r = divmod(w, p)
    return (
        all(survives(tape) for _ in range(i * i // 2))
        and (i % 2 == 0 or survives_part(tape, 1, 1, 2))
        and all(survives_part(tape, r, p) for _ in range(i))
        and survives_part(tape, r, p, 2, squared=True)
    )


def propose_laplace(tape, p, q):
    within = tape.below(p)
    if not survives_part(tape, within, p):
        return None
    rounds = 0
    while survives(tape):
        rounds += 1
    size = (within + p * rounds) // q
    if not tape.sign():
        return size
    return -size if size else None


def propose_gaussian(tape, p, q):
    y = draw_laplace(tape, p, q)
    return y if survives_square(tape, abs(abs(y) * q - p), p) else None


def accepted(propose):
    """Proposals until one is accepted."""

    def draw(tape, *arguments):
        outcome = None
        while outcome is None:
            outcome = propose(tape, *arguments)
        return outcome

    return draw


draw_laplace = accepted(propose_laplace)
draw_gaussian = accepted(propose_gaussian)


def survives_gap(tape, gap, a, b):
    whole, part = divmod(gap, b)
    return all(survives(tape) for _ in range(whole * a)) and survives_ratio(tape, part * a, b)


def select_candidate(tape, scores, a, b):
    """(index, words used), or (-1, words used by the candidates decided upon)."""
    used = 0
    try:
        while True:
            i = tape.below(len(scores))
            accepted = survives_gap(tape, max(scores) - scores[i], a, b)
            used = tape.next
            if accepted:
                return i, used
    except Dry:
        return -1, used


def fill(law, words, n, *arguments):
    """(draws, words used) until ``n`` are drawn or the words end."""
    tape, out, used = Tape(words), [], 0
    try:
        while len(out) < n:
            out.append(law(tape, *arguments))
            used = tape.next
    except Dry:
        pass
    return out, used


def fill_responses(words, codes, n_categories, a, b):
    """(answers, how many, words used)."""
    tape, out = Tape(words), []
    for code in codes:
        while True:
            answer = tape.below(n_categories)
            if survives_gap(tape, int(answer != code), a, b):
                break
        out.append(answer)
    return out, len(out), tape.next
