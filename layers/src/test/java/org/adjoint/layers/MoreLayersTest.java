package org.adjoint.layers;

import static org.adjoint.layers.LayersTest.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Pooling;
import org.adjoint.autograd.ops.PoolingNd;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What the recorded values of convolutions, pools and wrappers do not show. */
final class MoreLayersTest {
  private final Backend device = Backends.get("reference");
  private final Setup setup = Setup.of(device, DType.F64, 7);

  private Variable input(int seed, int... dims) {
    int size = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    return Variable.of(Tensor.of(device, Recorded.signed(seed, size), dims));
  }

  @Test
  void theTableOfLenet5HasSixtyConnections() {
    ConnectionTableConv2d c3 =
        new ConnectionTableConv2d(setup, 6, 5, ConnectionTableConv2d.lenet5());
    int numbers = c3.parameters().values().stream().mapToInt(p -> p.value().size()).sum();
    assertEquals(1516, numbers);
    assertEquals("ConnectionTableConv2d(6, 16, 5x5, 60 connections)", c3.toString());
    int[] row = ConnectionTableConv2d.lenet5()[14];
    assertArrayEquals(new int[] {2, 3, 5, 0}, row);
    int[][] twice = {{0, 0}};
    refused(
        ArgumentException.class,
        () -> new ConnectionTableConv2d(setup, 2, 1, twice),
        "table[0]",
        "each once");
    int[][] far = {{2}};
    refused(ArgumentException.class, () -> new ConnectionTableConv2d(setup, 2, 1, far), "2");
    int[][] blind = {{}};
    refused(ArgumentException.class, () -> new ConnectionTableConv2d(setup, 2, 1, blind), "inputs");
    refused(ShapeException.class, () -> c3.forward(input(1, 1, 5, 9, 9)), "[1, 5, 9, 9]");
  }

  @Test
  void unpoolingPutsMaximaBack() {
    Variable x = input(3, 2, 2, 4, 6);
    Pooling.MaxPoolResult r = Pooling.maxPool2dWithIndex(x, Pool2dSpec.of(2, 2));
    double[] back = Pooling.maxUnpool2d(r.y(), r.index(), 4, 6).value().toDoubleArray();
    double[] from = x.value().toDoubleArray();
    int kept = 0;
    for (int i = 0; i < back.length; i++) {
      assertTrue(back[i] == 0 || back[i] == from[i]);
      kept += back[i] == 0 ? 0 : 1;
    }
    assertEquals(24, kept);
    refused(ShapeException.class, () -> Pooling.maxUnpool2d(input(1, 2), r.index(), 4, 6), "[2]");
    refused(
        ShapeException.class,
        () -> Pooling.maxUnpool2d(input(1, 1, 1, 2, 2), r.index(), 4, 6),
        "index");
  }

  @Test
  void channelsDropWhole() {
    ChannelDropout layer = new ChannelDropout(setup, 0.25);
    Variable ones = Variable.of(Tensor.of(device, filled(40 * 25 * 4), 40, 25, 2, 2));
    double[] y = layer.forward(ones).value().toDoubleArray();
    int kept = 0;
    for (int c = 0; c < 1000; c++) {
      for (int i = 1; i < 4; i++) {
        assertEquals(y[4 * c], y[4 * c + i]);
      }
      assertTrue(y[4 * c] == 0 || Math.abs(y[4 * c] - 4 / 3.0) < 1e-12);
      kept += y[4 * c] == 0 ? 0 : 1;
    }
    // 750 expected, deviation 14.
    assertEquals(750, kept, 70);
    layer.eval();
    assertSame(ones, layer.forward(ones));
    assertSame(ones, new ChannelDropout(setup, 0).forward(ones));
    assertEquals("ChannelDropout(0.25)", layer.toString());
    refused(ShapeException.class, () -> layer.forward(input(1, 3)), "channel_dropout");
    refused(ArgumentException.class, () -> new ChannelDropout(setup, -0.1), "probability");
  }

  private static double[] filled(int n) {
    double[] v = new double[n];
    Arrays.fill(v, 1);
    return v;
  }

  @Test
  void radialUnitsAreNearestAtTheirCentres() {
    RadialBasis layer = new RadialBasis(setup, 3, 2);
    Tensor centres = layer.parameters().get("centres").value();
    Variable x = Variable.of(centres);
    Tensor d = layer.squaredDistances(x).value();
    assertEquals(0, d.get(0, 0));
    assertEquals(1, layer.forward(x).value().get(1, 1));
    assertTrue(d.get(0, 1) > 0);
    assertEquals("RadialBasis(3, 2)", layer.toString());
    refused(ShapeException.class, () -> layer.forward(input(1, 2, 4)), "radial_basis");
    refused(ArgumentException.class, () -> new RadialBasis(setup, 0, 1), "inputs");
  }

  @Test
  void embeddingsAndHighways() {
    Embedding e = new Embedding(setup, 5, 3);
    Tensor numbers = Tensor.of(device, new int[] {4, 0, 4, 1}, 2, 2);
    Tensor y = e.forward(Variable.of(numbers)).value();
    assertEquals(e.weight().value().get(4, 2), y.get(1, 0, 2));
    assertEquals("Embedding(5, 3)", e.toString());
    Embedding padded = Embedding.padded(setup, 5, 3, 4);
    assertEquals("[0. 0. 0.]", padded.weight().value().select(0, 4).toString());
    assertEquals("Embedding(5, 3, padding 4)", padded.toString());
    refused(ArgumentException.class, () -> Embedding.padded(setup, 5, 3, 5), "padding", "0 to 4");
    refused(ArgumentException.class, () -> Embedding.padded(setup, 5, 3, -1), "padding");
    assertEquals("Lambda(twice)", new Lambda("twice", x -> x.mul(2)).toString());
    refused(ArgumentException.class, () -> new Embedding(setup, 0, 3), "count");
    // With its gate nearly shut, a highway carries.
    Highway h = new Highway(setup, 3, new Linear(setup, 3, 3), -50);
    Variable x = input(2, 4, 3);
    assertArrayEquals(x.value().toDoubleArray(), h.forward(x).value().toDoubleArray(), 1e-12);
    refused(
        ShapeException.class,
        () -> new Highway(setup, 3, new Linear(setup, 3, 2)).forward(x),
        "highway");
    refused(
        ShapeException.class,
        () -> new Residual(new Linear(setup, 3, 2)).forward(x),
        "residual",
        "shortcut");
  }

  @Test
  void namesSayTheSettings() {
    assertEquals(
        "Conv1d(1, 2, kernel 3, stride 1, padding 0)", new Conv1d(setup, 1, 2, 3).toString());
    assertEquals(
        "ConvTranspose2d(1, 2, kernel 3, stride 2, padding 1, no bias)",
        new ConvTranspose2d(setup, 1, 2, 3, 2, 1, 1, 1, 1, false).toString());
    assertEquals("MaxPool1d(2)", new MaxPool1d(2).toString());
    assertEquals("AvgPool1d(2)", new AvgPool1d(2).toString());
    assertEquals(
        "MaxPool1d(3, stride 2, padding 1, dilation 2, rounded up)",
        new MaxPool1d(new PoolingNd.Pool1dSpec(3, 2, 1, 2, true)).toString());
    assertEquals(
        "MaxPool2d(2x2, stride 1x2, dilation 2x1, rounded up)",
        new MaxPool2d(new Pool2dSpec(2, 2, 1, 2, 0, 0).dilated(2, 1).roundedUp()).toString());
    assertEquals("MaxPool3d(2x2x2)", new MaxPool3d(2).toString());
    assertEquals("AvgPool3d(2x2x2)", new AvgPool3d(2).toString());
    assertEquals("AdaptiveAvgPool2d(2x3)", new AdaptiveAvgPool2d(2, 3).toString());
    assertEquals("AdaptiveMaxPool2d(2x3)", new AdaptiveMaxPool2d(2, 3).toString());
    assertEquals("GlobalMaxPool", new GlobalMaxPool().toString());
    assertEquals("PixelShuffle(2)", new PixelShuffle(2).toString());
    assertEquals("Upsample(2, NEAREST)", new Upsample(2, Upsample.Mode.NEAREST).toString());
    assertEquals("Subsampling(3, 2x2)", new Subsampling(setup, 3, 2).toString());
    assertEquals("Bilinear(1, 2, 3)", new Bilinear(setup, 1, 2, 3, false).toString());
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    refused(
        ShapeException.class,
        () -> new Conv1d(setup, 2, 1, 3).forward(input(1, 1, 1, 5)),
        "conv1d");
    refused(
        ShapeException.class, () -> new Conv3d(setup, 1, 1, 1).forward(input(1, 1, 5)), "conv3d");
    refused(
        ShapeException.class,
        () -> new ConvTranspose1d(setup, 2, 1, 3).forward(input(1, 1, 1, 5)),
        "conv_transpose1d");
    refused(
        ShapeException.class,
        () -> new ConvTranspose2d(setup, 2, 1, 3).forward(input(1, 1, 1, 5)),
        "conv_transpose2d");
    refused(
        ShapeException.class,
        () -> new ConvTranspose3d(setup, 2, 1, 3).forward(input(1, 1, 1, 5)),
        "conv_transpose3d");
    refused(
        ArgumentException.class,
        () -> new ConvTranspose1d(setup, 1, 1, 1, 2, 0, 2, 1, 1, true),
        "outputPad");
    refused(
        ArgumentException.class,
        () -> new Conv1d(setup, 3, 2, 1, 1, 0, 1, 2, true),
        "groups",
        "in");
    refused(ArgumentException.class, () -> new Conv3d(setup, 1, 1, 1, 0, 0, 1, 1, true), "stride");
    refused(ArgumentException.class, () -> Conv2d.depthwise(setup, 0, 3, 1), "channels");
    refused(ArgumentException.class, () -> Conv2d.same(setup, 1, 1, 4), "kernel", "odd");
    Variable y = Conv2d.same(setup, 1, 2, 5).forward(input(1, 1, 1, 3, 4));
    assertArrayEquals(new int[] {1, 2, 3, 4}, y.shape().toArray());
    refused(ArgumentException.class, () -> new PoolingNd.Pool1dSpec(2, 1, 2), "padding");
    refused(ArgumentException.class, () -> new AvgPool2d(Pool2dSpec.of(2, 2), 0), "divisor");
    var cube = PoolingNd.Pool3dSpec.of(2, 2, 0);
    refused(ArgumentException.class, () -> new AvgPool3d(cube, 0), "divisor");
    refused(ArgumentException.class, () -> new AdaptiveAvgPool2d(0, 1), "height");
    refused(ArgumentException.class, () -> new PixelShuffle(0), "factor");
    refused(ShapeException.class, () -> new GlobalAvgPool().forward(input(1, 2, 3)), "global");
    refused(
        ShapeException.class,
        () -> new Upsample(2, Upsample.Mode.NEAREST).forward(input(1, 2)),
        "upsample");
    refused(
        ShapeException.class,
        () -> new Subsampling(setup, 3, 2).forward(input(1, 1, 2, 4, 4)),
        "subsampling");
    Bilinear b = new Bilinear(setup, 2, 3, 1, true);
    refused(ShapeException.class, () -> b.forward(input(1, 2, 3), input(1, 2, 3)), "a");
    refused(ShapeException.class, () -> b.forward(input(1, 2, 2), input(1, 3, 3)), "batch");
  }
}
