package org.adjoint.layers;

import static org.adjoint.layers.LayersTest.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.List;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Attention;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What the recorded values of attention and its neighbours do not show. */
final class AttentionLayersTest {
  private final Backend device = Backends.get("reference");
  private final Setup setup = Setup.of(device, DType.F64, 7);

  private Variable input(int seed, int... dims) {
    int size = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    return Variable.of(Tensor.of(device, Recorded.signed(seed, size), dims));
  }

  @Test
  void generationWithACacheIsTheCausalPass() {
    for (boolean normFirst : new boolean[] {false, true}) {
      var layer =
          new TransformerEncoderLayer(setup, 6, 2, 8, 0.5, Activation.geluTanh(), normFirst);
      layer.eval();
      Variable x = input(1, 2, 5, 6);
      double[] whole = layer.forward(x, AttentionMask.CAUSAL).value().toDoubleArray();
      KeyValueCache cache = layer.cache(2, 5);
      assertEquals(5, cache.capacity());
      Graph.noGrad(
          () -> {
            // Two tokens at once, then one by one; one of them is taken back and given again.
            Tensor first = layer.forward(x.slice(1, 0, 2), cache).value();
            same(whole, first, 0);
            layer.forward(x.slice(1, 4, 5), cache);
            cache.truncate(2);
            for (int t = 2; t < 5; t++) {
              same(whole, layer.forward(x.slice(1, t, t + 1), cache).value(), t);
            }
          });
      assertEquals(5, cache.length());
      refused(
          ArgumentException.class,
          () -> layer.forward(x.slice(1, 0, 1), cache),
          "tokens",
          "6",
          "the cache holds 5");
      refused(ArgumentException.class, () -> cache.truncate(6), "length", "6");
      refused(
          ShapeException.class,
          () -> layer.forward(input(1, 3, 1, 6), layer.cache(2, 5)),
          "2 sequences");
    }
  }

  /** Compares tokens from {@code first} on of [2, tokens, 6] with those of [2, 5, 6]. */
  private static void same(double[] whole, Tensor some, int first) {
    for (int b = 0; b < 2; b++) {
      for (int t = 0; t < some.dim(1); t++) {
        for (int c = 0; c < 6; c++) {
          assertEquals(whole[(b * 5 + first + t) * 6 + c], some.get(b, t, c), 1e-12);
        }
      }
    }
  }

  @Test
  void dropoutIsForTrainingAndFollowsItsStream() {
    MultiHeadAttention layer = new MultiHeadAttention(setup, 4, 2, 0.5, true);
    Variable x = input(3, 1, 6, 4);
    double[] first = layer.forward(x).value().toDoubleArray();
    double[] second = layer.forward(x).value().toDoubleArray();
    assertFalse(Arrays.equals(first, second));
    var stream = layer.streams().get("dropout");
    stream.offset(stream.offset() - 4);
    assertArrayEquals(first, layer.forward(x).value().toDoubleArray());
    layer.eval();
    double[] calm = layer.forward(x).value().toDoubleArray();
    assertArrayEquals(calm, layer.forward(x).value().toDoubleArray());
    assertEquals(List.of(), List.copyOf(new MultiHeadAttention(setup, 4, 2).streams().keySet()));
  }

  @Test
  void aMaskOfOnesAndZerosHidesTheZeros() {
    Tensor keep = Tensor.of(device, new double[] {1, 0, 1}, 3);
    double[] expected = {0, Double.NEGATIVE_INFINITY, 0};
    assertArrayEquals(expected, Attention.additive(keep).toDoubleArray());
    AdditiveAttention a = new AdditiveAttention(setup, 2, 3, 4);
    AttentionResult r = a.attend(input(1, 2, 2, 2), input(2, 2, 3, 3), Attention.additive(keep));
    for (int b = 0; b < 2; b++) {
      for (int q = 0; q < 2; q++) {
        assertEquals(0, r.weights().value().get(b, q, 1));
        double sum = r.weights().value().get(b, q, 0) + r.weights().value().get(b, q, 2);
        assertEquals(1, sum, 1e-14);
      }
    }
  }

  @Test
  void positions() {
    SinusoidalPositions fixed = new SinusoidalPositions(setup, 10, 4);
    Variable zeros = Variable.of(Tensor.zeros(device, DType.F64, 1, 3, 4));
    Tensor p = fixed.forward(zeros, 5).value();
    for (int t = 0; t < 3; t++) {
      assertEquals(Math.sin(5 + t), p.get(0, t, 0), 1e-14);
      assertEquals(Math.cos(5 + t), p.get(0, t, 1), 1e-14);
      assertEquals(Math.sin((5 + t) / 100.0), p.get(0, t, 2), 1e-14);
      assertEquals(Math.cos((5 + t) / 100.0), p.get(0, t, 3), 1e-14);
    }
    Setup single = Setup.of(device, DType.F32, 1);
    Tensor odd =
        new SinusoidalPositions(single, 2, 3)
            .forward(Variable.of(Tensor.zeros(device, DType.F32, 1, 2, 3)))
            .value();
    assertEquals((float) Math.sin(1), odd.get(0, 1, 0));
    LearnedPositions learned = new LearnedPositions(setup, 3, 4);
    Tensor w = learned.parameters().get("weight").value();
    assertEquals(w.get(2, 1), learned.forward(zeros).value().get(0, 2, 1));
    assertEquals("SinusoidalPositions[10, 4]", fixed.toString());
    assertEquals("LearnedPositions(3, 4)", learned.toString());
    refused(ShapeException.class, () -> fixed.forward(zeros, 8), "positions", "8 to 10", "10 of");
    refused(ShapeException.class, () -> fixed.forward(zeros, -1), "positions");
    refused(ShapeException.class, () -> learned.forward(input(1, 3, 4)), "learned_positions");
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    MultiHeadAttention a = new MultiHeadAttention(setup, 4, 2);
    refused(ShapeException.class, () -> a.forward(input(1, 3, 4)), "multi_head_attention", "query");
    refused(
        ShapeException.class,
        () -> a.attend(input(1, 1, 2, 4), input(1, 1, 2, 5), input(1, 1, 2, 4), AttentionMask.NONE),
        "key",
        "[1, 2, 5]");
    refused(
        ShapeException.class,
        () -> a.attend(input(1, 1, 2, 4), input(1, 1, 2, 4), input(1, 2, 4), AttentionMask.NONE),
        "value");
    refused(ShapeException.class, () -> a.attend(input(1, 1, 2, 4), a.cache(2, 3)), "2 sequences");
    Variable two = input(1, 1, 2, 4);
    Tensor zeros = Tensor.zeros(device, DType.F64, 3, 2);
    AttentionMask mask = AttentionMask.NONE.scores(zeros);
    refused(ShapeException.class, () -> a.attend(two, two, two, mask), "mask", "[1, 2, 2, 2]");
    AttentionMask padded = AttentionMask.NONE.padding(zeros);
    refused(ShapeException.class, () -> a.attend(two, two, two, padded), "padding", "[1, 2]");
    MultiHeadAttention narrow = new MultiHeadAttention(setup, 4, 2, 3, 5, 0, true);
    assertEquals("MultiHeadAttention(4, 2, 3, 5)", narrow.toString());
    refused(ShapeException.class, () -> narrow.forward(two), "key", "3]");
    refused(ShapeException.class, () -> narrow.attend(two, narrow.cache(1, 2)), "key", "3]");
    refused(
        ArgumentException.class,
        () -> new MultiHeadAttention(setup, 4, 2, 0, 5, 0, true),
        "keyWidth");
    refused(
        ArgumentException.class,
        () -> new MultiHeadAttention(setup, 4, 2, 5, 0, 0, true),
        "valueWidth");
    refused(ArgumentException.class, () -> new MultiHeadAttention(setup, 4, 3), "heads", "3");
    refused(ArgumentException.class, () -> new MultiHeadAttention(setup, 4, 0), "heads", "0");
    refused(
        ArgumentException.class, () -> new MultiHeadAttention(setup, 4, 2, 1.5, true), "dropout");
    refused(ArgumentException.class, () -> a.cache(0, 1), "batch");
    refused(ArgumentException.class, () -> a.cache(1, 0), "capacity");
    AdditiveAttention b = new AdditiveAttention(setup, 2, 3, 4);
    refused(
        ShapeException.class, () -> b.attend(input(1, 2, 2), input(1, 1, 2, 3), null), "queries");
    refused(
        ShapeException.class,
        () -> b.attend(input(1, 2, 2, 2), input(1, 1, 2, 3), null),
        "keys",
        "batch");
    refused(ArgumentException.class, () -> new SinusoidalPositions(setup, 0, 2), "tokens");
    refused(ArgumentException.class, () -> new LearnedPositions(setup, 1, 0), "width");
  }

  @Test
  void normsRefuseWhatDoesNotFit() {
    refused(ShapeException.class, () -> new LayerNorm(setup, 3).forward(input(1, 2, 4)), "[2, 4]");
    refused(ShapeException.class, () -> new RmsNorm(setup, 3).forward(input(1, 2, 4)), "rms_norm");
    refused(ArgumentException.class, () -> new LayerNorm(setup, 1e-5), "normalized");
    refused(ArgumentException.class, () -> new LayerNorm(setup, 1e-5, 2, 0), "normalized");
    refused(ArgumentException.class, () -> new RmsNorm(setup, 0, 2), "epsilon");
    refused(ArgumentException.class, () -> new GroupNorm(setup, 2, 3), "groups", "channels = 3");
    refused(ShapeException.class, () -> new GroupNorm(setup, 1, 3).forward(input(1, 3)), "[3]");
    refused(
        ArgumentException.class,
        () -> new GroupNorm(setup, 2, 4).forward(input(1, 2, 3)),
        "groups",
        "3 channels");
    refused(
        ShapeException.class,
        () -> new GroupNorm(setup, 2, 4).forward(input(1, 2, 6, 3)),
        "gamma",
        "[6]");
    InstanceNorm instance = new InstanceNorm(setup, 3);
    refused(ShapeException.class, () -> instance.forward(input(1, 2, 3)), "instance_norm");
    refused(ShapeException.class, () -> instance.forward(input(1, 2, 4, 2)), "[2, 4, 2]");
    refused(ShapeException.class, () -> instance.forward(input(1, 2, 3, 1)), "one value");
    assertEquals("InstanceNorm(3)", instance.toString());
    assertEquals("InstanceNorm(3, affine)", new InstanceNorm(setup, 3, 1e-5, true).toString());
    assertEquals("GroupNorm(2, 4)", new GroupNorm(setup, 2, 4).toString());
    assertEquals("LayerNorm[2, 3]", new LayerNorm(setup, 1e-5, 2, 3).toString());
    assertEquals("RmsNorm[3]", new RmsNorm(setup, 3).toString());
    assertEquals("MultiHeadAttention(4, 2)", new MultiHeadAttention(setup, 4, 2).toString());
    assertEquals(
        "TransformerEncoderLayer(norm last)",
        new TransformerEncoderLayer(setup, 4, 2, 8, 0).toString());
    assertEquals(
        "TransformerDecoderLayer(norm last)",
        new TransformerDecoderLayer(setup, 4, 2, 8, 0).toString());
  }
}
