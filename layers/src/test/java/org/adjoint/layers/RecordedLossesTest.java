package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.adjoint.autograd.Variable;
import org.adjoint.layers.Recorded.Block;
import org.adjoint.layers.loss.BinaryCrossEntropyWithLogits;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.loss.ElementLoss;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.loss.NegativeLogLikelihood;
import org.adjoint.layers.loss.Reduction;
import org.adjoint.layers.loss.Wasserstein;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reduction and option of the losses beside PyTorch's values and gradients. */
final class RecordedLossesTest {
  private static final double EXACT = 1e-9;
  private static final int ROWS = 6;
  private static final int COLUMNS = 4;
  private static final int COUNT = ROWS * COLUMNS;

  private static Stream<Block> blocks(boolean penalty) {
    return Recorded.read("losses.txt", "loss").stream().filter(b -> b.has("penalty") == penalty);
  }

  static List<Block> losses() {
    return blocks(false).toList();
  }

  @Test
  void thePenaltyOfASlopeIsThatOfPyTorch() {
    Block block = blocks(true).findFirst().orElseThrow();
    for (Device device : TrajectoriesTest.devices()) {
      Setup setup = Setup.of(device, DType.F64, 1);
      Sequential critic =
          new Sequential(new Linear(setup, 4, 5), Activation.tanh(), new Linear(setup, 5, 1));
      int k = 0;
      for (Parameter p : critic.parameters().values()) {
        Recorded.write(Recorded.signed(k++, p.value().size()), p.value());
      }
      Variable real = Variable.of(f64(device, Recorded.signed(100, COUNT), COLUMNS));
      Variable fake = Variable.of(f64(device, Recorded.signed(101, COUNT), COLUMNS));
      Variable share = Variable.of(f64(device, Recorded.unit(102, ROWS), 1));
      Variable penalty = Wasserstein.gradientPenalty(critic::forward, real, fake, share);
      penalty.backward();
      compare(block.numbers("penalty"), penalty.value().reshape(1), device + " penalty");
      double[] expected = block.numbers("gradient");
      int from = 0;
      for (Parameter p : critic.parameters().values()) {
        Tensor g = p.gradient();
        double[] part = Arrays.copyOfRange(expected, from, from + p.value().size());
        compare(part, g == null ? Tensor.zeros(device, DType.F64, part.length) : g, "gradient");
        from += part.length;
      }
      assertEquals(expected.length, from);
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void valuesAndGradientsAreThoseOfPyTorch(Block block) {
    List<String> words = block.words("loss");
    for (Device device : TrajectoriesTest.devices()) {
      Variable x = Variable.parameter(prediction(device, words.get(2)));
      Variable y = loss(device, words.get(1), words.get(4)).of(x, target(device, words.get(3)));
      compare(block.numbers("y"), y.value(), device + " value");
      Tensor seed = f64(device, Recorded.signed(200, y.value().size()), COLUMNS);
      y.mul(Variable.of(seed.reshape(y.shape().toArray()))).sum().backward();
      Tensor gradient = x.grad();
      assertNotNull(gradient);
      compare(block.numbers("gradient"), gradient, device + " gradient");
    }
  }

  private static void compare(double[] expected, Tensor received, String what) {
    double[] got = received.toDoubleArray();
    assertEquals(expected.length, got.length, what);
    for (int i = 0; i < got.length; i++) {
      // Where a value cancels, its terms of size 1 carry the error.
      assertEquals(expected[i], got[i], EXACT * Math.max(0.01, Math.abs(expected[i])), what + i);
    }
  }

  private static Tensor f64(Device device, double[] values, int columns) {
    return values.length % columns == 0
        ? Tensor.of(device, values, values.length / columns, columns)
        : Tensor.of(device, values, values.length);
  }

  private static Tensor prediction(Device device, String kind) {
    boolean unit = kind.equals("unit");
    double[] v = unit ? Recorded.unit(100, COUNT) : Recorded.signed(100, COUNT);
    for (int i = 0; i < COUNT; i++) {
      v[i] = unit ? 0.05 + 0.9 * v[i] : 2 * v[i];
    }
    return f64(device, v, COLUMNS);
  }

  private static Tensor target(Device device, String kind) {
    if (kind.equals("labels")) {
      int[] labels = new int[ROWS];
      for (int i = 0; i < ROWS; i++) {
        labels[i] = Integer.remainderUnsigned(Recorded.hash(150, i), COLUMNS);
      }
      return Tensor.of(device, labels, ROWS);
    }
    boolean isSigned = kind.startsWith("sign");
    double[] v = isSigned ? Recorded.signed(150, COUNT) : Recorded.unit(150, COUNT);
    for (int row = 0; row < ROWS; row++) {
      double sum = 0;
      for (int i = row * COLUMNS; i < (row + 1) * COLUMNS; i++) {
        sum += v[i];
        v[i] = kind.equals("signs") ? (v[i] >= 0 ? 1 : -1) : v[i];
      }
      for (int i = row * COLUMNS; i < (row + 1) * COLUMNS; i++) {
        v[i] /= kind.equals("rows") ? sum : 1;
      }
    }
    return f64(device, v, COLUMNS);
  }

  private static Loss loss(Device device, String name, String reduction) {
    Reduction r =
        switch (reduction) {
          case "none" -> Reduction.NONE;
          case "mean" -> Reduction.MEAN;
          case "sum" -> Reduction.SUM;
          case "batchmean" -> Reduction.BATCH_MEAN;
          default -> throw new AssertionError(reduction);
        };
    double[] w = Recorded.unit(160, COLUMNS);
    for (int i = 0; i < COLUMNS; i++) {
      w[i] += 0.5;
    }
    Tensor weights = Recorded.tensor(w, device, DType.F64);
    CrossEntropy entropy = new CrossEntropy().reduction(r);
    BinaryCrossEntropyWithLogits logits = BinaryCrossEntropyWithLogits.mean().reduction(r);
    return switch (name) {
      case "cross-entropy" -> entropy;
      case "cross-entropy-weights" -> entropy.weights(weights);
      case "cross-entropy-smooth" ->
          // Of probabilities the recorded loss has weights, too.
          (x, t) ->
              (t.dtype() == DType.I32 ? entropy : entropy.weights(weights))
                  .labelSmoothing(0.1)
                  .of(x, t);
      case "cross-entropy-ignore" -> entropy.ignore(1);
      case "cross-entropy-all" -> entropy.weights(weights).ignore(1).labelSmoothing(0.1);
      case "nll" -> new NegativeLogLikelihood(null, CrossEntropy.IGNORED, r);
      case "nll-all" -> new NegativeLogLikelihood(weights, 1, r);
      case "bce-logits" -> logits;
      case "bce-logits-weighted" -> logits.weighted(weights);
      case "bce-logits-positive" -> logits.positiveWeight(weights);
      case "bce-weighted" -> ElementLoss.binaryCrossEntropy().weighted(weights).reduction(r);
      default -> element(name).reduction(r);
    };
  }

  private static ElementLoss element(String name) {
    return switch (name) {
      case "l1" -> ElementLoss.l1();
      case "mse" -> ElementLoss.meanSquared();
      case "huber" -> ElementLoss.huber(0.7);
      case "smooth-l1" -> ElementLoss.smoothL1(0.3);
      case "kl" -> ElementLoss.klDivergence(false);
      case "kl-log" -> ElementLoss.klDivergence(true);
      case "bce" -> ElementLoss.binaryCrossEntropy();
      case "soft-margin" -> ElementLoss.softMargin();
      case "hinge-embedding" -> ElementLoss.hingeEmbedding(0.8);
      case "poisson" -> ElementLoss.poissonNll(true);
      case "poisson-rate" -> ElementLoss.poissonNll(false);
      default -> throw new AssertionError(name);
    };
  }
}
