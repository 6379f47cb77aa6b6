package org.adjoint.autograd.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.ops.Attention;
import org.adjoint.autograd.ops.Convolutions;
import org.adjoint.autograd.ops.Convolutions1d;
import org.adjoint.autograd.ops.Convolutions3d;
import org.adjoint.autograd.ops.Ctc;
import org.adjoint.autograd.ops.Einsum;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Embeddings;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.autograd.ops.LayerNorms;
import org.adjoint.autograd.ops.Logic;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.autograd.ops.Matrices;
import org.adjoint.autograd.ops.Norms;
import org.adjoint.autograd.ops.Pieces;
import org.adjoint.autograd.ops.Pooling;
import org.adjoint.autograd.ops.PoolingNd;
import org.adjoint.autograd.ops.Recurrent;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.autograd.ops.Repeats;
import org.adjoint.autograd.ops.Resampling;
import org.adjoint.autograd.ops.ResamplingNd;
import org.adjoint.autograd.ops.Scans;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.autograd.ops.Sorting;
import org.adjoint.autograd.ops.Statistics;
import org.adjoint.autograd.ops.Views;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.AdjointException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The catalogue is complete, large enough and well formed. */
final class CatalogueTest {
  private static final Catalogue ALL = Catalogue.load();
  private static final Map<String, List<OpCase>> BY_OP = ALL.byOp();

  @Test
  void everyConstantOfTheEnumsHasCases() {
    for (UnaryOp op : UnaryOp.values()) {
      assertTrue(BY_OP.containsKey(op.label()), op.label());
    }
    for (BinaryOp op : BinaryOp.values()) {
      List<OpCase> cases = BY_OP.getOrDefault(ElementwiseCases.name(op), List.of());
      assertTrue(cases.size() > 10, op.label());
      assertEquals(op.isDifferentiable(), cases.getFirst().isDifferentiable(), op.label());
    }
    for (ReduceOp op : ReduceOp.values()) {
      assertTrue(BY_OP.containsKey(op.label()), op.label());
    }
    Set<Kernels.Family> families = new HashSet<>();
    ALL.cases().forEach(c -> families.add(c.family()));
    assertEquals(Set.of(Kernels.Family.values()), families);
  }

  /** A new public method of a family must be listed here with the ops of its cases. */
  @Test
  void everyPublicMethodOfTheFamiliesHasCases() {
    Map<String, List<String>> ops = new HashMap<>();
    ops.put("Elementwise.unary", List.of("exp"));
    ops.put("Elementwise.binary", List.of("pow", "eq"));
    ops.put("Elementwise.where", List.of("where"));
    ops.put("Elementwise.map", List.of("map"));
    ops.put("Reductions.reduce", List.of("sum"));
    ops.put("Reductions.keepAxes", List.of("softmax"));
    ops.put("Convolutions.conv2d", List.of("conv2d"));
    ops.put("Convolutions.conv2dSame", List.of("conv2d_same"));
    ops.put("Convolutions.convTranspose2d", List.of("conv_transpose2d"));
    ops.put("Convolutions1d.convTranspose1d", List.of("conv_transpose1d"));
    ops.put("Convolutions3d.convTranspose3d", List.of("conv_transpose3d"));
    ops.put("PoolingNd.maxPool1d", List.of("max_pool1d"));
    ops.put("PoolingNd.avgPool1d", List.of("avg_pool1d"));
    ops.put("PoolingNd.maxPool3d", List.of("max_pool3d"));
    ops.put("PoolingNd.avgPool3d", List.of("avg_pool3d"));
    ops.put("Pooling.maxPool2dWithIndex", List.of("max_pool2d"));
    ops.put("Pooling.maxUnpool2d", List.of("max_unpool2d"));
    ops.put("Resampling.adaptiveAvgPool2d", List.of("adaptive_avg_pool2d"));
    ops.put("Resampling.adaptiveMaxPool2d", List.of("adaptive_max_pool2d"));
    ops.put("PoolingNd.maxPool1dWithIndex", List.of("max_pool1d_index"));
    ops.put("PoolingNd.maxPool3dWithIndex", List.of("max_pool3d_index"));
    ops.put("PoolingNd.maxUnpool1d", List.of("max_unpool1d"));
    ops.put("PoolingNd.maxUnpool3d", List.of("max_unpool3d"));
    ops.put("ResamplingNd.adaptiveAvgPool1d", List.of("adaptive_avg_pool1d"));
    ops.put("ResamplingNd.adaptiveMaxPool1d", List.of("adaptive_max_pool1d"));
    ops.put("ResamplingNd.adaptiveAvgPool3d", List.of("adaptive_avg_pool3d"));
    ops.put("ResamplingNd.adaptiveMaxPool3d", List.of("adaptive_max_pool3d"));
    ops.put("ResamplingNd.nearest1d", List.of("upsample_nearest"));
    ops.put("ResamplingNd.nearest3d", List.of("upsample_nearest"));
    ops.put("ResamplingNd.linear", List.of("upsample_linear"));
    ops.put("ResamplingNd.trilinear", List.of("upsample_trilinear"));
    ops.put("Resampling.nearest", List.of("upsample_nearest"));
    ops.put("Resampling.bilinear", List.of("upsample_bilinear"));
    ops.put("Resampling.pixelShuffle", List.of("pixel_shuffle"));
    ops.put("Resampling.pixelUnshuffle", List.of("pixel_unshuffle"));
    ops.put("Pooling.maxPool2d", List.of("max_pool2d"));
    ops.put("Pooling.avgPool2d", List.of("avg_pool2d"));
    ops.put("Softmax.logSoftmax", List.of("log_softmax"));
    ops.put("Softmax.crossEntropy", List.of("cross_entropy"));
    ops.put("Attention.scaledDotProduct", List.of("attention"));
    ops.put("Attention.scale", List.of("attention"));
    ops.put("Attention.key", List.of("attention"));
    ops.put("Attention.additive", List.of("attention"));
    ops.put("LayerNorms.layerNorm", List.of("layer_norm"));
    ops.put("LayerNorms.rmsNorm", List.of("rms_norm"));
    ops.put("LayerNorms.groupNorm", List.of("group_norm"));
    ops.put("LayerNorms.instanceNorm", List.of("instance_norm"));
    ops.put("Norms.batchNorm", List.of("batch_norm"));
    ops.put("Norms.batchNormInference", List.of("batch_norm_inference"));
    ops.put("Recurrent.states", List.of("rnn_tanh", "rnn_relu", "gru", "lstm"));
    ops.put("Logic.logicalNot", List.of("logical_not"));
    ops.put("Logic.isNan", List.of("is_nan"));
    ops.put("Logic.isInf", List.of("is_inf"));
    ops.put("Logic.isFinite", List.of("is_finite"));
    ops.put("Logic.nanToNum", List.of("nan_to_num"));
    ops.put("Ctc.loss", List.of("ctc_loss"));
    ops.put("Recurrent.mask", List.of("sequence_mask"));
    ops.put("Indexing.scatterAdd", List.of("scatter_add"));
    ops.put("Indexing.oneHot", List.of("one_hot"));
    ops.put("Matmul.product", List.of("matmul"));
    ops.put("Repeats.repeatInterleave", List.of("repeat_interleave"));
    ops.put("Repeats.padConstant", List.of("pad_constant"));
    ops.put("Repeats.padReflect", List.of("pad_reflect"));
    ops.put("Repeats.padReplicate", List.of("pad_replicate"));
    ops.put("Repeats.padCircular", List.of("pad_circular"));
    ops.put("Indexing.indexSelect", List.of("index_select"));
    ops.put("Indexing.indexAdd", List.of("index_add"));
    ops.put("Indexing.takeAlongDim", List.of("take_along_dim"));
    ops.put("Indexing.maskedFill", List.of("masked_fill"));
    ops.put("Indexing.maskedSelect", List.of("masked_select"));
    ops.put("Indexing.maskedScatter", List.of("masked_scatter"));
    ops.put("Embeddings.embeddingBag", List.of("embedding_bag"));
    ops.put("Matrices.diagEmbed", List.of("diag_embed"));
    ops.put("Statistics.variance", List.of("var"));
    ops.put("Statistics.logSumExp", List.of("logsumexp"));
    ops.put("Statistics.countNonzero", List.of("count_nonzero"));
    ops.put("Views.compact", List.of("sum"));
    List<String> missing = new ArrayList<>();
    for (Class<?> family :
        List.of(
            Attention.class,
            Convolutions.class,
            Einsum.class,
            Convolutions1d.class,
            Convolutions3d.class,
            Elementwise.class,
            Embeddings.class,
            Indexing.class,
            LayerNorms.class,
            Logic.class,
            Matmul.class,
            Matrices.class,
            Norms.class,
            Pooling.class,
            Pieces.class,
            PoolingNd.class,
            Resampling.class,
            ResamplingNd.class,
            Ctc.class,
            Recurrent.class,
            Reductions.class,
            Repeats.class,
            Scans.class,
            Softmax.class,
            Sorting.class,
            Statistics.class,
            Views.class,
            RandomStream.class)) {
      for (Method m : family.getDeclaredMethods()) {
        boolean draws = family == RandomStream.class && m.getParameterCount() > 1;
        if (!Modifier.isPublic(m.getModifiers())
            || !(Modifier.isStatic(m.getModifiers()) || draws)) {
          continue;
        }
        // Most methods bear the name of their op.
        String name = family.getSimpleName() + "." + m.getName();
        for (String op : ops.getOrDefault(name, List.of(m.getName()))) {
          if (!BY_OP.containsKey(op)) {
            missing.add(name + " (" + op + ")");
          }
        }
      }
    }
    assertEquals(List.of(), missing);
  }

  @Test
  void thereAreAtLeastTwoThousandGradientCases() {
    long differentiable = ALL.cases().stream().filter(OpCase::isDifferentiable).count();
    assertTrue(2 * differentiable >= 2000, differentiable + " differentiable cases");
  }

  @Test
  void everyOpMeetsBroadcastStridedEmptyAndAwkwardOperands() {
    for (String op : List.of("exp", "mul", "where", "sum", "matmul", "softmax", "gather")) {
      boolean strided = false;
      boolean reversed = false;
      boolean empty = false;
      for (OpCase c : BY_OP.getOrDefault(op, List.of())) {
        for (Input input : c.inputs()) {
          strided |= input.view() == Input.View.STRIDED;
          reversed |= input.view() == Input.View.REVERSED;
          empty |= input.shape().size() == 0;
        }
      }
      assertTrue(strided && reversed && empty, op);
    }
  }

  @Test
  void operandsAreTheSameEveryTimeAndFitFloat32() {
    for (OpCase c : ALL.cases()) {
      for (int i = 0; i < c.inputs().size(); i++) {
        double[] v = c.values(i);
        assertArrayEquals(v, c.values(i));
        for (double x : v) {
          assertEquals(x, (float) x, c.id());
        }
      }
    }
  }

  @Test
  void recordedCasesAreFewSmallAndOfEveryOpThatPyTorchHas() {
    Set<String> recordable = new HashSet<>();
    ALL.cases().stream().filter(OpCase::recorded).forEach(c -> recordable.add(c.op()));
    Set<String> recorded = new HashSet<>();
    ALL.recorded().forEach(c -> recorded.add(c.op()));
    assertEquals(recordable, recorded);
    assertTrue(ALL.recorded().size() < 1500);
    String line = RecordingCases.line(BY_OP.getOrDefault("add", List.of()).getFirst());
    assertTrue(line.startsWith("{\"id\": \"add/scalar,scalar\", \"op\": \"add\""), line);
  }

  @Test
  void casesOfOneNameAreRefused() {
    OpCase c =
        OpCase.of("same", "y = x", "dx = dy")
            .input("x", Values.between(0, 1), 2)
            .applying(in -> in[0]);
    assertEquals("same/2", c.id());
    assertEquals("same/2", c.toString());
    AdjointException e = assertThrows(AdjointException.class, () -> Catalogue.of(List.of(c, c)));
    assertEquals("same/2", e.value());
    AdjointException none =
        assertThrows(AdjointException.class, () -> OpCase.of("none", "", "").applying(in -> in[0]));
    assertTrue(none.getMessage().contains("none"), none.getMessage());
  }

  /** A user's cases, as a jar of theirs would bring them. */
  public static final class UserCases implements OpCases {
    @Override
    public List<OpCase> cases() {
      return List.of(
          OpCase.of("users_own", "y = 2 x", "dx = 2 dy")
              .input("x", Values.between(0, 1), 2)
              .applying(in -> in[0].mul(2)));
    }
  }

  private static Catalogue with(Path folder, String provider) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(OpCases.class.getName()), provider);
    URL[] urls = {folder.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(urls, CatalogueTest.class.getClassLoader())) {
      return Catalogue.load(loader);
    }
  }

  @Test
  void casesOfUsersJoin(@TempDir Path folder) throws IOException {
    Catalogue all = with(folder, UserCases.class.getName());
    assertEquals(ALL.cases().size() + 1, all.cases().size());
    assertTrue(all.byOp().containsKey("users_own"));
  }

  @Test
  void aProviderThatDoesNotExistIsNamed(@TempDir Path folder) {
    AdjointException e =
        assertThrows(AdjointException.class, () -> with(folder, "org.example.Nowhere"));
    assertTrue(e.value().contains("org.example.Nowhere"), e.value());
  }

  @Test
  void recipesKeepTheirPromises() {
    double[] distinct = Values.distinct(-1, 1).draw(3, 100);
    double[] even = Values.cells(0, -2, 2).draw(4, 500);
    double[] odd = Values.cells(1, -2, 2).draw(5, 500);
    for (int i = 0; i < 100; i++) {
      for (int j = 0; j < i; j++) {
        assertTrue(Math.abs(distinct[i] - distinct[j]) >= 0.0099);
      }
    }
    for (double a : even) {
      for (double b : odd) {
        assertTrue(Math.abs(a - b) >= 4.0 / 64 / 2 * 0.99);
      }
    }
    for (double v : Values.avoiding(0.1, -1, 1, 0, 0.5).draw(6, 1000)) {
      assertTrue(Math.abs(v) >= 0.0999 && Math.abs(v) <= 1.2, "" + v);
    }
    for (double v : Values.offGrid().draw(7, 1000)) {
      double fraction = 2 * v - Math.floor(2 * v);
      assertTrue(fraction >= 0.19 && fraction <= 0.81, "" + v);
    }
    for (double v : Values.integers(-1, 2).draw(8, 1000)) {
      assertTrue(v >= -1 && v <= 2 && v == Math.rint(v));
    }
    assertArrayEquals(new double[] {1, 2, 1}, Values.listed(1, 2).draw(0, 3));
    assertArrayEquals(new double[] {1, 0, 1, 0}, Values.zeroed(Values.listed(1), 1, 2).draw(0, 4));
    assertTrue(OpCase.of("op", "", "").toString().startsWith("op"));
  }
}
