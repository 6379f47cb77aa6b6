package org.adjoint.autograd.ops;

import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Losses of whole rows, [n, d] → [n], composed of differentiable operations. */
public final class RowLosses {
  private static final double[] NONE = {};
  private static final Expr X = Expr.operand(0);

  /** max(x, 0). */
  private static final Expr POSITIVE =
      Expr.select(X.with(Expr.Operator.GT, Expr.constant(0)), X, Expr.constant(0));

  /** 1 − x where t &gt; 0, else max(0, x − margin). */
  private static final Expr COSINE_EMBEDDING =
      Expr.select(
          Expr.operand(1).with(Expr.Operator.GT, Expr.constant(0)),
          Expr.constant(1).minus(X),
          POSITIVE.substitute(List.of(X.minus(Expr.parameter(0)))));

  /** PyTorch's guard against a norm of zero. */
  private static final double TINY = 1e-12;

  private RowLosses() {}

  // ---- classes ----------------------------------------------------------------------------------

  /**
   * The target distributions of a batch: what a row's log-probabilities are multiplied with.
   *
   * @param weights q [n, classes]
   * @param total what the mean divides by, a scalar
   * @param constant whether q came from labels: what it multiplies by 0 then counts 0, even if it
   *     is −∞, as that of a class which was ruled out, and has the slope 0
   */
  public record Targets(Variable weights, Variable total, boolean constant) {
    /** Returns −Σ q·log p along the last axis, for log-probabilities [n, classes]. */
    public Variable of(Variable logProbabilities) {
      Variable terms = weights.mul(logProbabilities);
      if (constant) {
        Tensor zero = Tensor.scalar(terms.value().device(), terms.dtype(), 0);
        terms = Elementwise.where(weights, terms, Variable.of(zero));
      }
      return terms.sum(1).neg();
    }
  }

  /**
   * Returns targets from labels: q = w[label]·(1−ε)·onehot(label) + ε/K·w, zero for ignored labels;
   * the mean divides by Σ w[label] of those that are not ignored.
   *
   * @param labels int32 [n]
   * @param classes K
   * @param like says device and type
   * @param classWeights w [K], null for ones
   * @param smoothing ε in [0, 1] (Szegedy et al., 2016)
   * @param ignore the label that is left out, any integer; null for none
   * @throws ShapeException if labels or weights have another shape, or a label is out of range
   */
  public static Targets labels(
      Tensor labels,
      int classes,
      Variable like,
      @Nullable Tensor classWeights,
      double smoothing,
      @Nullable Integer ignore) {
    if (labels.rank() != 1) {
      throw new ShapeException(
          "cross_entropy", "labels", labels.shape(), "they must be [batch]; reshape them");
    }
    requireWeights(classWeights, classes);
    ElementwiseKernels kernels = Backends.kernels(labels.device()).elementwise();
    Tensor mask = Tensor.result(labels.device(), like.dtype(), labels.shape());
    Tensor safe = labels;
    if (ignore == null) {
      kernels.fill(1, mask);
    } else {
      Tensor counted = Tensor.result(labels.device(), like.dtype(), labels.shape());
      kernels.copy(labels, counted);
      Tensor ignored = Tensor.result(labels.device(), like.dtype(), Shape.SCALAR);
      kernels.fill(ignore, ignored);
      kernels.binary(BinaryOp.NE, counted, ignored, mask);
      kernels.binary(BinaryOp.MUL, counted, mask, counted);
      // An ignored label became 0, which is in range; float32 holds every label exactly.
      safe = Tensor.result(labels.device(), labels.dtype(), labels.shape());
      kernels.copy(counted, safe);
    }
    Variable rows = Variable.of(mask).reshape(-1, 1);
    Variable chosen = Indexing.oneHot(safe, classes, like.dtype()).mul(rows);
    Variable weighted = classWeights == null ? chosen : chosen.mul(Variable.of(classWeights));
    Variable total = weighted.sum();
    if (smoothing != 0) {
      Variable spread =
          classWeights == null ? rows : rows.mul(Variable.of(classWeights).reshape(1, -1));
      weighted = weighted.mul(1 - smoothing).add(spread.mul(smoothing / classes));
    }
    return new Targets(weighted, total, true);
  }

  /**
   * Returns targets from probabilities: q = w·((1−ε)·t + ε/K); the mean divides by the number of
   * rows.
   *
   * @param probabilities t [n, K]
   * @throws ShapeException if these or the weights have another shape
   */
  public static Targets probabilities(
      Variable probabilities, @Nullable Tensor classWeights, double smoothing) {
    if (probabilities.shape().rank() != 2) {
      throw new ShapeException(
          "cross_entropy", "target", probabilities.shape(), "it must be [batch, classes]");
    }
    int classes = probabilities.shape().dim(1);
    requireWeights(classWeights, classes);
    Variable q =
        smoothing == 0 ? probabilities : probabilities.mul(1 - smoothing).add(smoothing / classes);
    if (classWeights != null) {
      q = q.mul(Variable.of(classWeights));
    }
    Tensor rows =
        Tensor.result(probabilities.value().device(), probabilities.dtype(), Shape.SCALAR);
    Backends.kernels(rows.device()).elementwise().fill(probabilities.shape().dim(0), rows);
    return new Targets(q, Variable.of(rows), false);
  }

  private static void requireWeights(@Nullable Tensor weights, int classes) {
    if (weights != null && !weights.shape().equals(Shape.of(classes))) {
      throw new ShapeException(
          "cross_entropy",
          "weights",
          weights.shape(),
          "they must be [" + classes + "], one for each class");
    }
  }

  // ---- distances --------------------------------------------------------------------------------

  /**
   * Returns the Euclidean distance of the rows of a and b, ‖a − b + ε‖: PyTorch's
   * pairwise_distance.
   *
   * @param epsilon ε, keeps the slope finite at equal rows; PyTorch has 1e-6
   */
  public static Variable distance(Variable a, Variable b, double epsilon) {
    return a.sub(b).add(epsilon).square().sum(1).sqrt();
  }

  /** Returns a·b/√((‖a‖² + 1e-12)(‖b‖² + 1e-12)) of the rows. */
  public static Variable cosine(Variable a, Variable b) {
    Variable norms = a.square().sum(1).add(TINY).mul(b.square().sum(1).add(TINY));
    return a.mul(b).sum(1).div(norms.sqrt());
  }

  /**
   * Returns 1 − cos(a, b) where t is 1, and max(0, cos(a, b) − margin) where it is −1.
   *
   * @param t [n] of 1 and −1
   */
  public static Variable cosineEmbedding(Variable a, Variable b, Variable t, double margin) {
    return Elementwise.map(
        "cosine_embedding_loss", COSINE_EMBEDDING, new double[] {margin}, cosine(a, b), t);
  }

  /**
   * Returns the triplet loss (Schroff, Kalenichenko and Philbin, 2015): max(0, ‖a − p‖ − ‖a − n‖ +
   * margin).
   *
   * @param swap whether ‖p − n‖ is used where it is less than ‖a − n‖ (Balntas et al., 2016)
   */
  public static Variable tripletMargin(
      Variable anchor, Variable positive, Variable negative, double margin, boolean swap) {
    Variable near = distance(anchor, positive, 1e-6);
    Variable far = distance(anchor, negative, 1e-6);
    if (swap) {
      far = Elementwise.binary(BinaryOp.MIN, far, distance(positive, negative, 1e-6));
    }
    return Elementwise.map("triplet_margin_loss", POSITIVE, NONE, near.sub(far).add(margin));
  }

  // ---- words
  // --------------------------------------------------------------------------------------

  /**
   * Returns the loss of negative sampling (Mikolov et al., 2013): −ln σ(s₀) − Σ ln σ(−sₖ), where
   * column 0 holds the scores of the true neighbours and the others those of drawn words.
   *
   * @param scores [n, 1 + negatives]
   */
  public static Variable negativeSampling(Variable scores) {
    Variable columns = scores.slice(1, 0, 1).neg();
    int all = scores.shape().dim(1);
    Variable first = Elementwise.unary(UnaryOp.SOFTPLUS, columns).sum(1);
    return all == 1
        ? first
        : first.add(Elementwise.unary(UnaryOp.SOFTPLUS, scores.slice(1, 1, all)).sum(1));
  }
}
