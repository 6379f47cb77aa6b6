package org.adjoint.autograd;

import static org.adjoint.autograd.Fixtures.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.adjoint.autograd.ops.Attention;
import org.adjoint.autograd.ops.Convolutions;
import org.adjoint.autograd.ops.Convolutions1d;
import org.adjoint.autograd.ops.Convolutions3d;
import org.adjoint.autograd.ops.LayerNorms;
import org.adjoint.autograd.ops.Norms;
import org.adjoint.autograd.ops.Patches;
import org.adjoint.autograd.ops.Pooling;
import org.adjoint.autograd.ops.PoolingNd;
import org.adjoint.autograd.ops.Resampling;
import org.adjoint.autograd.ops.ResamplingNd;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What attention, norms, convolutions, pools and changes of size refuse, and how they say so. */
final class StructureRefusalsTest {
  private static Variable input(int seed, int... dims) {
    double[] v = new double[Shape.of(dims).size()];
    Arrays.setAll(v, i -> Math.sin(seed + i));
    return Variable.of(tensor(v, dims));
  }

  private static void refused(
      Class<? extends AdjointException> type, Executable call, String... inMessage) {
    AdjointException e = assertThrows(type, call);
    for (String part : inMessage) {
      assertTrue(
          String.valueOf(e.getMessage()).contains(part), () -> part + " in " + e.getMessage());
    }
  }

  @Test
  void convolutionsPoolsAndSizes() {
    Variable x = input(1, 1, 2, 4, 4);
    Variable w = input(2, 2, 3, 2, 2);
    Conv2dSpec one = Conv2dSpec.DEFAULT;
    String op = "conv_transpose2d";
    refused(
        ShapeException.class,
        () -> Convolutions.convTranspose2d(input(1, 2, 2), w, null, one, 0, 0),
        op);
    refused(
        ShapeException.class,
        () -> Convolutions.convTranspose2d(x, input(1, 3, 3, 2, 2), null, one, 0, 0),
        op,
        "w");
    refused(
        ShapeException.class,
        () -> Convolutions.convTranspose2d(x, w, null, Conv2dSpec.of(1, 0, 1, 3), 0, 0),
        "3 groups");
    refused(
        ArgumentException.class,
        () -> Convolutions.convTranspose2d(x, w, null, one, 1, 0),
        "outputPad");
    refused(
        ShapeException.class,
        () -> Convolutions.convTranspose2d(x, w, null, Conv2dSpec.of(1, 4, 1, 1), 0, 0),
        "pad less");
    refused(
        ShapeException.class,
        () -> Convolutions.conv2dSame(input(1, 2), w, null, 1, 1, 1),
        "conv2d");
    refused(
        ShapeException.class, () -> Convolutions1d.conv1d(x, w, null, 1, 0, 1, 1), "conv1d", "x");
    refused(
        ShapeException.class,
        () -> Convolutions1d.conv1d(input(1, 1, 2, 4), w, null, 1, 0, 1, 1),
        "w");
    Convolutions3d.Spec cube = Convolutions3d.Spec.of(1, 0, 1, 1);
    Variable v = input(1, 1, 1, 2, 2, 2);
    refused(ShapeException.class, () -> Convolutions3d.conv3d(x, v, null, cube), "conv3d", "x");
    refused(ShapeException.class, () -> Convolutions3d.conv3d(v, x, null, cube), "conv3d", "w");
    refused(
        ShapeException.class,
        () -> Convolutions3d.conv3d(v, input(1, 1, 1, 3, 1, 1), null, cube),
        "fit");
    refused(
        ArgumentException.class,
        () -> Convolutions3d.convTranspose3d(v, v, null, cube, 0),
        "three");
    refused(
        ShapeException.class,
        () ->
            Convolutions3d.convTranspose3d(
                v, v, null, new Convolutions3d.Spec(1, 2, 1, one), 0, 0, 0),
        "pad less");
    refused(ArgumentException.class, () -> Convolutions3d.Spec.of(0, 0, 1, 1), "stride");
    refused(ArgumentException.class, () -> new Convolutions3d.Spec(1, -1, 1, one), "padding");
    refused(ArgumentException.class, () -> new Convolutions3d.Spec(1, 0, 0, one), "dilation");
    var pair = new PoolingNd.Pool1dSpec(2, 2, 0);
    refused(ShapeException.class, () -> PoolingNd.maxPool1d(x, pair), "max_pool1d");
    refused(
        ShapeException.class,
        () -> PoolingNd.maxPool3d(x, PoolingNd.Pool3dSpec.of(2, 2, 0)),
        "max_pool3d");
    refused(ShapeException.class, () -> Resampling.nearest(v, 2, 2), "upsample_nearest");
    refused(ArgumentException.class, () -> Resampling.bilinear(x, 0, 2, true), "height");
    refused(ArgumentException.class, () -> Resampling.bilinear(x, 2, 0, true), "width");
    refused(ShapeException.class, () -> Resampling.pixelShuffle(x, 2), "multiple of 4");
    refused(ShapeException.class, () -> Resampling.pixelUnshuffle(x, 3), "multiples of 3");
  }

  @Test
  void unpooling() {
    Pooling.MaxPoolResult r = Pooling.maxPool2dWithIndex(input(3, 1, 2, 4, 6), Pool2dSpec.of(2, 2));
    refused(ShapeException.class, () -> Pooling.maxUnpool2d(input(1, 2), r.index(), 4, 6), "[2]");
    refused(
        ShapeException.class,
        () -> Pooling.maxUnpool2d(input(1, 1, 1, 2, 2), r.index(), 4, 6),
        "index");
    refused(ShapeException.class, () -> Pooling.maxUnpool2d(r.y(), r.index(), 1, 1), "max_pool2d");
  }

  @Test
  void sequencesAndVolumesOfAnotherSize() {
    Variable x = input(1, 1, 2, 4);
    Variable v = input(1, 1, 2, 3, 4, 2);
    Tensor index = PoolingNd.maxPool1dWithIndex(x, new PoolingNd.Pool1dSpec(2, 2, 0)).index();
    refused(ShapeException.class, () -> PoolingNd.maxUnpool1d(v, index, 4), "max_unpool1d", "x");
    refused(ShapeException.class, () -> PoolingNd.maxUnpool1d(x, index, 4), "index");
    refused(ShapeException.class, () -> PoolingNd.maxUnpool3d(x, index, 1, 2, 3), "max_unpool3d");
    refused(ShapeException.class, () -> PoolingNd.maxUnpool3d(v, index, 1, 2, 3), "index");
    Pooling.MaxPoolResult r = PoolingNd.maxPool3dWithIndex(v, PoolingNd.Pool3dSpec.of(2, 1, 0));
    refused(ShapeException.class, () -> PoolingNd.maxUnpool3d(r.y(), r.index(), 4), "extents");
    refused(
        ShapeException.class, () -> PoolingNd.maxUnpool3d(r.y(), r.index(), 1, 1, 1), "max_pool2d");
    refused(ShapeException.class, () -> ResamplingNd.linear(v, 2, true), "upsample_linear");
    refused(ShapeException.class, () -> ResamplingNd.nearest1d(input(1, 1, 2, 0), 2), "length > 0");
    refused(ArgumentException.class, () -> ResamplingNd.adaptiveAvgPool1d(x, 0), "width");
    refused(ShapeException.class, () -> ResamplingNd.nearest3d(x, 1, 1, 1), "upsample_nearest");
    refused(
        ShapeException.class,
        () -> ResamplingNd.adaptiveMaxPool3d(input(1, 1, 1, 0, 2, 2), 1, 1, 1),
        "depth > 0");
    refused(ArgumentException.class, () -> ResamplingNd.adaptiveAvgPool3d(v, 0, 1, 1), "depth");
  }

  @Test
  void windows() {
    Conv2dSpec one = Conv2dSpec.DEFAULT;
    Variable x = input(1, 1, 2, 3, 4);
    refused(ShapeException.class, () -> Patches.unfold(input(1, 2, 3), 1, 1, one), "unfold", "x");
    refused(ShapeException.class, () -> Patches.unfold(x, 4, 1, one), "unfold", "kernel");
    refused(ShapeException.class, () -> Patches.unfold(x, 1, 0, one), "kernel");
    refused(ShapeException.class, () -> Patches.fold(x, 3, 4, 1, 1, one), "fold", "[batch");
    refused(ShapeException.class, () -> Patches.fold(input(1, 1, 3, 6), 3, 4, 2, 2, one), "x");
    refused(ShapeException.class, () -> Patches.fold(input(1, 1, 4, 5), 3, 4, 2, 2, one), "x");
    refused(ShapeException.class, () -> Patches.fold(input(1, 1, 4, 6), 1, 4, 2, 2, one), "kernel");
    refused(
        ShapeException.class,
        () -> Norms.localResponseNorm(input(1, 3), 2, 1, 1, 1),
        "local_response_norm");
    refused(ArgumentException.class, () -> Norms.localResponseNorm(x, 0, 1, 1, 1), "kernel");
  }

  @Test
  void placesOfAVolume() {
    double[] v = new double[3 * 4 * 5];
    v[(2 * 4 + 1) * 5 + 3] = 2;
    v[(1 * 4 + 2) * 5] = 1;
    Variable x = Variable.of(tensor(v, 1, 1, 3, 4, 5));
    Pooling.MaxPoolResult r =
        PoolingNd.maxPool3dWithIndex(
            x, new PoolingNd.Pool3dSpec(3, 1, 0, new Pool2dSpec(4, 2, 1, 3, 0, 0)));
    assertArrayEquals(new int[] {30, 48}, r.index().toIntArray());
    Variable back = PoolingNd.maxUnpool3d(r.y(), r.index(), 3, 4, 5);
    assertArrayEquals(v, back.value().toDoubleArray());
  }

  @Test
  void attention() {
    Variable x = input(1, 1, 2, 3, 4);
    refused(
        ShapeException.class,
        () -> Attention.scaledDotProduct(input(1, 3, 4), x, x, false),
        "attention",
        "q");
    refused(ShapeException.class, () -> Attention.scaledDotProduct(x, input(1, 3), x, true), "k");
    AttentionSpec spec = new AttentionSpec(1, false, 0, 0);
    refused(
        ShapeException.class,
        () -> Attention.attention(x, x, input(1, 3, 4), null, null, spec),
        "v",
        "four axes");
    Tensor mask = input(1, 3, 3).value();
    refused(
        ShapeException.class,
        () -> Attention.attention(x, x, x, mask, null, spec),
        "mask",
        "[batch, heads, queries, keys]");
    refused(
        ShapeException.class,
        () -> Attention.attention(x, input(1, 1, 2, 3, 5), x, null, null, spec),
        "k");
  }

  @Test
  void norms() {
    Shape last = Shape.of(4);
    Variable x = input(1, 2, 4);
    refused(ShapeException.class, () -> LayerNorms.layerNorm(x, Shape.of(3), null, null, 1), "[3]");
    refused(
        ShapeException.class, () -> LayerNorms.rmsNorm(x, Shape.of(3, 2, 4), null, 1), "rms_norm");
    refused(ShapeException.class, () -> LayerNorms.rmsNorm(x, Shape.SCALAR, null, 1), "last axes");
    refused(
        ShapeException.class,
        () -> LayerNorms.layerNorm(x, last, input(1, 3), null, 1),
        "gamma",
        "[4]");
    refused(
        ShapeException.class,
        () -> LayerNorms.layerNorm(x, last, input(1, 4), input(1, 3), 1),
        "beta");
    refused(ShapeException.class, () -> LayerNorms.groupNorm(input(1, 3), 1, null, null, 1), "[3]");
    refused(ArgumentException.class, () -> LayerNorms.groupNorm(x, 3, null, null, 1), "groups");
    refused(ArgumentException.class, () -> LayerNorms.groupNorm(x, 0, null, null, 1), "groups");
    refused(
        ShapeException.class, () -> LayerNorms.groupNorm(x, 2, input(1, 2, 2), null, 1), "gamma");
    refused(
        ShapeException.class,
        () -> LayerNorms.groupNorm(x, 2, input(1, 4), input(1, 3), 1),
        "beta");
    refused(ShapeException.class, () -> LayerNorms.instanceNorm(input(1, 3), null, null, 1), "[3]");
    refused(
        ArgumentException.class, () -> LayerNorms.layerNorm(x, last, null, null, -1), "epsilon");
  }
}
