#!/usr/bin/env python3
"""Records what scikit-learn says of predictions, for MetricsTest.

    python3 layers/src/test/python/metrics.py          # writes layers/src/test/resources/org/adjoint/layers/metrics.txt

Needs scikit-learn. A line of the fixture is a name and numbers, or a name and a text. BLEU is computed here, with
exact fractions, from the formula of Papineni et al. (2002), section 2.3; edit distances by the recursion of
their definition; the perplexity is exp of scikit-learn's log_loss.
"""
import collections, fractions, functools, math, pathlib, random

import numpy as np
import sklearn
from sklearn import metrics as m

OUT = pathlib.Path(__file__).resolve().parents[1] / "resources/org/adjoint/layers/metrics.txt"
lines = [f"# scikit-learn {sklearn.__version__}; written by metrics.py"]


def put(name, *values):
    lines.append(" ".join([name] + [repr(float(v)) if isinstance(v, (float, np.floating)) else str(v) for v in values]))


def classes():
    rng = np.random.default_rng(1)
    n, k = 150, 5
    logits = rng.normal(size=(n, k)).round(3)
    labels = rng.integers(0, k - 1, n)  # the last class never occurs
    logits[np.arange(n), labels] += 1
    logits = logits.round(3)
    predicted = logits.argmax(1)
    predicted[predicted == 2] = 1  # and one is never predicted
    put("labels", *labels), put("logits", *logits.ravel().tolist()), put("predicted", *predicted)
    put("accuracy", m.accuracy_score(labels, predicted))
    for average in ("micro", "macro", "weighted"):
        p, r, f, _ = m.precision_recall_fscore_support(
            labels, predicted, labels=range(k), average=average, zero_division=0)
        put(average, p, r, f)
    for top in (1, 2, 3):
        put(f"top{top}", m.top_k_accuracy_score(labels, logits, k=top, labels=range(k)))
    probability = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    put("log_loss", m.log_loss(labels, probability, labels=range(k)))
    put("perplexity", math.exp(m.log_loss(labels, probability, labels=range(k))))


def scores():
    rng = np.random.default_rng(2)
    positive = rng.integers(0, 2, 120)
    for name, digits in (("distinct", 9), ("ties", 1)):
        s = (rng.normal(size=120) + positive).round(digits)
        put(f"{name}.positive", *positive), put(f"{name}.scores", *s.tolist())
        put(f"{name}.auc", m.roc_auc_score(positive, s)), put(f"{name}.ap", m.average_precision_score(positive, s))


def regression():
    rng = np.random.default_rng(3)
    target = 1e6 + rng.normal(size=80)
    prediction = target + 0.3 * rng.normal(size=80)
    put("target", *target.tolist()), put("prediction", *prediction.tolist())
    put("mae", m.mean_absolute_error(target, prediction))
    put("rmse", m.root_mean_squared_error(target, prediction)), put("r2", m.r2_score(target, prediction))


def distance(a, b):
    @functools.cache
    def d(i, j):
        if not i or not j:
            return i + j
        return min(d(i - 1, j) + 1, d(i, j - 1) + 1, d(i - 1, j - 1) + (a[i - 1] != b[j - 1]))
    return d(len(a), len(b))


def grams(s, n):
    return collections.Counter(tuple(s[i:i + n]) for i in range(len(s) - n + 1))


def bleu(pairs):
    logs, c, r = 0, 0, 0
    for n in range(1, 5):
        hit = total = 0
        for h, refs in pairs:
            g = grams(h, n)
            hit += sum(min(v, max(grams(x, n)[k] for x in refs)) for k, v in g.items())
            total += sum(g.values())
        logs += math.log(fractions.Fraction(hit, total)) / 4
    for h, refs in pairs:
        c += len(h)
        r += min((abs(len(x) - len(h)), len(x)) for x in refs)[1]
    return math.exp(logs) * (1 if c > r else math.exp(1 - r / c))


def texts():
    rng = random.Random(4)
    words = "the a cat dog sat ran on under mat old big red".split()
    pairs, errors, length, letters, characters = [], 0, 0, 0, 0
    for i in range(12):
        h = [rng.choice(words) for _ in range(rng.randint(5, 14))]
        refs = []
        for _ in range(1 + i % 3):
            x = [w if rng.random() < 0.8 else rng.choice(words) for w in h]
            del x[:rng.randint(0, 2)]
            refs.append(x + [rng.choice(words) for _ in range(rng.randint(0, 3))])
        pairs.append((h, refs))
        put("hypothesis", " ".join(h))
        for x in refs:
            put("reference", " ".join(x))
        errors += distance(refs[0], h)
        length += len(refs[0])
        letters += distance(" ".join(refs[0]), " ".join(h))
        characters += len(" ".join(refs[0]))
    put("wer", errors, errors / length), put("cer", letters, letters / characters), put("bleu", bleu(pairs))


classes(), scores(), regression(), texts()
OUT.write_text("\n".join(lines) + "\n")
