package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Pieces;
import org.adjoint.autograd.ops.PoolingNd.Pool1dSpec;
import org.adjoint.autograd.ops.PoolingNd.Pool3dSpec;
import org.adjoint.autograd.ops.Repeats;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.layers.Recorded.Block;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Single layers beside what PyTorch recorded (layers.py in src/test/python says how). */
final class RecordedLayersTest {
  private static final double EXACT = 1e-9;

  private final Device device = Backends.get("reference");

  /** A network and what it computes of the recorded inputs. */
  record Built(Network network, Call call) {
    static Built of(Layer layer) {
      return new Built(layer, x -> layer.forward(x[0]));
    }
  }

  interface Call {
    Variable of(Variable[] x);
  }

  static List<Block> layers() {
    return Recorded.read("layers.txt", "layer");
  }

  private Tensor mask(int rows, int columns, int... hidden) {
    double[] m = new double[rows * columns];
    for (int at : hidden) {
      m[at] = Double.NEGATIVE_INFINITY;
    }
    return Tensor.of(device, m, rows, columns);
  }

  Built build(String name, Setup s) {
    return switch (name) {
      case "linear-tokens" -> Built.of(new Linear(s, 4, 5));
      case "layer-norm" -> Built.of(new LayerNorm(s, 4));
      case "layer-norm-2d" -> Built.of(new LayerNorm(s, 0.01, 3, 4));
      case "rms-norm" -> Built.of(new RmsNorm(s, 4));
      case "group-norm" -> Built.of(new GroupNorm(s, 2, 4));
      case "instance-norm" -> Built.of(new InstanceNorm(s, 3));
      case "instance-norm-affine" -> Built.of(new InstanceNorm(s, 3, 1e-5, true));
      case "batch-norm-2d" -> Built.of(new BatchNorm(s, 3, 0.3, 0.01));
      case "batch-norm-1d", "batch-norm-sequence", "batch-norm-3d" -> Built.of(new BatchNorm(s, 3));
      default -> name.contains("-pool-") ? pool(name) : convolution(name, s);
    };
  }

  private Built pool(String name) {
    return Built.of(
        switch (name) {
          case "max-pool-1d" -> new MaxPool1d(new Pool1dSpec(3, 2, 1));
          case "max-pool-2d" -> new MaxPool2d(new Pool2dSpec(3, 2, 2, 1, 1, 0));
          case "max-pool-3d" -> new MaxPool3d(2);
          case "avg-pool-1d" -> new AvgPool1d(new Pool1dSpec(3, 2, 1), false);
          case "avg-pool-2d-inside" -> new AvgPool2d(new Pool2dSpec(3, 3, 2, 2, 1, 1), false);
          case "avg-pool-3d" -> new AvgPool3d(2);
          case "max-pool-1d-dilated" -> new MaxPool1d(new Pool1dSpec(3, 2, 1, 2, true));
          case "max-pool-2d-dilated" ->
              new MaxPool2d(new Pool2dSpec(2, 3, 2, 2, 0, 1).dilated(2, 1).roundedUp());
          case "avg-pool-1d-ceil" -> new AvgPool1d(new Pool1dSpec(3, 3, 1, 1, true), true);
          case "avg-pool-2d-divisor" -> new AvgPool2d(new Pool2dSpec(3, 3, 2, 2, 1, 1), 7);
          case "avg-pool-3d-divisor" -> new AvgPool3d(Pool3dSpec.of(2, 1, 0), 3);
          case "adaptive-avg-pool-2d" -> new AdaptiveAvgPool2d(3, 2);
          case "adaptive-max-pool-2d" -> new AdaptiveMaxPool2d(3, 2);
          default -> throw new AssertionError(name);
        });
  }

  private Built convolution(String name, Setup s) {
    return switch (name) {
      case "conv-1d" -> Built.of(new Conv1d(s, 2, 4, 3, 2, 1, 2, 2, true));
      case "conv-2d" ->
          Built.of(new Conv2d(s, 4, 6, 3, 2, new Conv2dSpec(2, 1, 1, 2, 2, 1, 2), true));
      case "conv-3d" -> Built.of(new Conv3d(s, 2, 2, 2, 1, 1, 1, 1, false));
      case "conv-depthwise" -> Built.of(Conv2d.depthwise(s, 3, 3, 1));
      case "conv-transpose-1d" -> Built.of(new ConvTranspose1d(s, 2, 3, 3, 2, 1, 1, 1, 1, true));
      case "conv-transpose-2d" -> Built.of(new ConvTranspose2d(s, 4, 2, 3, 2, 0, 0, 2, 2, true));
      case "conv-transpose-3d" -> Built.of(new ConvTranspose3d(s, 2, 2, 2, 2, 0, 0, 1, 1, false));
      case "connection-table" ->
          Built.of(new ConnectionTableConv2d(s, 3, 2, new int[][] {{0, 2}, {1}, {2, 1, 0}}));
      default -> wrapper(name, s);
    };
  }

  private Built wrapper(String name, Setup s) {
    return switch (name) {
      case "global-avg-pool" -> Built.of(new GlobalAvgPool());
      case "global-max-pool" -> Built.of(new GlobalMaxPool());
      case "subsampling" -> Built.of(new Subsampling(s, 3, 2));
      case "upsample-nearest" -> Built.of(new Upsample(3, Upsample.Mode.NEAREST));
      case "upsample-bilinear" -> Built.of(new Upsample(2, Upsample.Mode.BILINEAR));
      case "upsample-bilinear-aligned" -> Built.of(new Upsample(3, Upsample.Mode.BILINEAR_ALIGNED));
      case "pixel-shuffle" -> Built.of(new PixelShuffle(2));
      case "residual" -> Built.of(new Residual(new Linear(s, 4, 4)));
      case "residual-shortcut" ->
          Built.of(new Residual(new Linear(s, 4, 2), new Linear(s, 4, 2, false)));
      case "highway" -> Built.of(new Highway(s, 4, new Linear(s, 4, 4)));
      case "bilinear" -> {
        Bilinear b = new Bilinear(s, 4, 2, 5, true);
        yield new Built(b, x -> b.forward(x[0], x[1]));
      }
      case "radial-basis" -> Built.of(new RadialBasis(s, 4, 5));
      case "prelu" -> Built.of(new PRelu(s, 3, 0.25));
      case "flatten" -> Built.of(new Flatten());
      case "dropout" -> Built.of(new Dropout(s, 0.25));
      case "channel-dropout" -> Built.of(new ChannelDropout(s, 0.5));
      case "checkpointed" ->
          Built.of(
              new Checkpointed(
                  new Sequential(new Linear(s, 4, 3), Activation.tanh(), new Linear(s, 3, 2))));
      case "activations" -> activations();
      case "lambda" ->
          Built.of(
              new Sequential(
                  new Lambda("reflect", x -> Repeats.padReflect(x, 2, 1)),
                  new Lambda("softmax", x -> Softmax.softmax(x, 1))));
      default -> table(name, s);
    };
  }

  /** Each activation of 4·x, one behind the other. */
  private static Built activations() {
    Sequential all =
        new Sequential(
            Activation.relu(),
            Activation.leakyRelu(0.1),
            Activation.tanh(),
            Activation.sigmoid(),
            Activation.gelu(),
            Activation.geluTanh(),
            Activation.silu(),
            Activation.elu(0.5),
            Activation.selu(),
            Activation.celu(0.5),
            Activation.relu6(),
            Activation.mish(),
            Activation.softplus(),
            Activation.softsign(),
            Activation.logSigmoid(),
            Activation.hardTanh(-2, 0.5),
            Activation.hardSigmoid(),
            Activation.hardSwish());
    return new Built(
        all,
        x -> {
          Variable wide = x[0].mul(4);
          return Pieces.stack(
              0, all.layers().stream().map(a -> a.forward(wide)).toArray(Variable[]::new));
        });
  }

  private Built table(String name, Setup s) {
    Tensor numbers = Tensor.of(device, new int[] {1, 4, 1, 0, 2, 4}, 2, 3);
    switch (name) {
      case "embedding" -> {
        Embedding e = new Embedding(s, 5, 3);
        return new Built(e, x -> e.forward(numbers));
      }
      case "embedding-padded" -> {
        Embedding e = Embedding.padded(s, 5, 3, 1);
        return new Built(e, x -> e.forward(numbers));
      }
      case "embedding-bag-sum", "embedding-bag-mean", "embedding-bag-max" -> {
        String mode = name.substring(name.lastIndexOf('-') + 1).toUpperCase(Locale.ROOT);
        EmbeddingBag e = new EmbeddingBag(s, 5, 3, ReduceOp.valueOf(mode));
        return new Built(e, x -> e.forward(Variable.of(numbers)));
      }
      case "learned-positions" -> {
        LearnedPositions p = new LearnedPositions(s, 5, 4);
        return new Built(p, x -> p.forward(x[0], 1));
      }
      case "sinusoidal-positions" -> {
        return Built.of(new SinusoidalPositions(s, 7, 5));
      }
      default -> {
        return cell(name, s);
      }
    }
  }

  private Built cell(String name, Setup s) {
    switch (name) {
      case "stochastic-binary" -> {
        StochasticBinary b = new StochasticBinary(s);
        b.eval();
        return Built.of(b);
      }
      case "leaky-integrate-and-fire" -> {
        LeakyIntegrateAndFire cell = new LeakyIntegrateAndFire(0.75, 0.25, 5);
        return new Built(
            cell,
            x -> {
              LeakyIntegrateAndFire.Step a = cell.forward(x[0], x[2]);
              LeakyIntegrateAndFire.Step b = cell.forward(x[1], a.potential());
              return Pieces.stack(0, a.spikes(), b.spikes(), b.potential());
            });
      }
      case "back-fed" -> {
        BackFedCell cell = new BackFedCell(s, 3, 4, 2);
        return new Built(cell, x -> cell.forward(x[1], cell.forward(x[0], x[2])));
      }
      case "match-input" -> {
        return Built.of(new MatchInput(new Linear(s, 4, 4)));
      }
      case "boltzmann-machine" -> {
        RestrictedBoltzmannMachine m = new RestrictedBoltzmannMachine(s, 3, 2);
        return new Built(
            m,
            x -> {
              Variable hidden = m.forward(x[0]);
              Variable energy = m.freeEnergy(x[0]).reshape(2, 1);
              return Pieces.concat(1, hidden, m.visible(hidden), energy);
            });
      }
      default -> {
        return attention(name, s);
      }
    }
  }

  private Built attention(String name, Setup s) {
    switch (name) {
      case "multi-head-attention" -> {
        return Built.of(new MultiHeadAttention(s, 6, 2));
      }
      case "multi-head-attention-causal" -> {
        MultiHeadAttention a = new MultiHeadAttention(s, 6, 3, 0, false);
        return new Built(a, x -> a.attend(x[0], x[0], x[0], AttentionMask.CAUSAL));
      }
      case "multi-head-attention-cross" -> {
        MultiHeadAttention a = new MultiHeadAttention(s, 4, 2);
        AttentionMask mask = AttentionMask.NONE.scores(mask(3, 5, 1, 14, 10));
        return new Built(a, x -> a.attend(x[0], x[1], x[2], mask));
      }
      case "multi-head-attention-widths" -> {
        MultiHeadAttention a = new MultiHeadAttention(s, 6, 2, 3, 4, 0, true);
        AttentionMask mask = AttentionMask.NONE.scores(mask(3, 5, 1, 14)).padding(mask(2, 5, 4, 7));
        return new Built(a, x -> a.attend(x[0], x[1], x[2], mask));
      }
      case "multi-head-attention-padded" -> {
        MultiHeadAttention a = new MultiHeadAttention(s, 6, 2, 0, false);
        AttentionMask mask = AttentionMask.CAUSAL.padding(mask(2, 4, 3, 6));
        return new Built(a, x -> a.attend(x[0], x[0], x[0], mask));
      }
      case "multi-head-attention-by-head" -> {
        MultiHeadAttention a = new MultiHeadAttention(s, 4, 2);
        Tensor byHead = mask(12, 3, 1, 5, 22, 29).reshape(Shape.of(2, 2, 3, 3));
        return new Built(a, x -> a.attend(x[0], x[0], x[0], AttentionMask.NONE.scores(byHead)));
      }
      case "transformer-encoder" -> {
        return Built.of(new TransformerEncoderLayer(s, 4, 2, 8, 0));
      }
      case "transformer-encoder-pre-norm" -> {
        var e = new TransformerEncoderLayer(s, 4, 2, 8, 0, Activation.gelu(), true);
        return new Built(e, x -> e.forward(x[0], AttentionMask.CAUSAL));
      }
      case "transformer-decoder" -> {
        TransformerDecoderLayer d = new TransformerDecoderLayer(s, 4, 2, 8, 0);
        return new Built(d, x -> d.forward(x[0], x[1]));
      }
      case "transformer-decoder-pre-norm" -> {
        var d = new TransformerDecoderLayer(s, 4, 2, 8, 0, Activation.relu(), true);
        AttentionMask seen = AttentionMask.NONE.scores(mask(3, 5, 7));
        return new Built(d, x -> d.forward(x[0], x[1], AttentionMask.CAUSAL, seen));
      }
      case "transformer-encoder-padded" -> {
        TransformerEncoderLayer e = new TransformerEncoderLayer(s, 4, 2, 8, 0);
        AttentionMask seen = AttentionMask.NONE.scores(mask(3, 3, 1)).padding(mask(2, 3, 2));
        return new Built(e, x -> e.forward(x[0], seen));
      }
      case "transformer-decoder-padded" -> {
        TransformerDecoderLayer d = new TransformerDecoderLayer(s, 4, 2, 8, 0);
        AttentionMask tokens = AttentionMask.NONE.padding(mask(2, 3, 2));
        AttentionMask seen = AttentionMask.NONE.padding(mask(2, 5, 4, 5));
        return new Built(d, x -> d.forward(x[0], x[1], tokens, seen));
      }
      case "additive-attention" -> {
        AdditiveAttention a = new AdditiveAttention(s, 3, 4, 5);
        return new Built(a, x -> a.attend(x[0], x[1], null).context());
      }
      case "multiplicative-attention" -> {
        MultiplicativeAttention a = new MultiplicativeAttention(s, 3, 4);
        return new Built(a, x -> a.attend(x[0], x[1], mask(1, 4, 2)).context());
      }
      default -> {
        return RecurrentLayers.build(name, s);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void outputsGradientsAndStatesArePyTorchs(Block block) {
    Setup setup = Setup.of(device, DType.F64, 1);
    Built built = build(block.words("layer").get(1), setup);
    Map<String, Parameter> parameters = built.network().parameters();
    List<String> names = block.all("parameter").stream().map(l -> l.get(1)).toList();
    assertEquals(names, List.copyOf(parameters.keySet()));
    for (int k = 0; k < names.size(); k++) {
      Tensor p = parameters.get(names.get(k)).value();
      assertEquals(block.all("parameter").get(k).get(2), Recorded.name(p.shape()), names.get(k));
      double[] v = Recorded.signed(k, p.size());
      for (int i = 0; i < v.length; i++) {
        v[i] *= 0.5;
      }
      Recorded.write(v, p);
    }
    List<Variable> inputs = new ArrayList<>();
    for (List<String> line : block.all("input")) {
      Tensor x = Tensor.zeros(device, DType.F64, Recorded.shape(line.get(1)));
      Recorded.write(Recorded.signed(100 + inputs.size(), x.size()), x);
      inputs.add(Variable.parameter(x));
    }
    Variable y = built.call().of(inputs.toArray(Variable[]::new));
    assertEquals(block.words("y").get(1), Recorded.name(y.shape()));
    same("y", block.words("y"), y.value());
    Tensor dy = Tensor.zeros(device, DType.F64, y.shape().toArray());
    Recorded.write(Recorded.signed(200, dy.size()), dy);
    y.mul(Variable.of(dy)).sum().backward();
    int compared = 0;
    for (List<String> line : block.all("gradient")) {
      String name = line.get(1);
      Parameter p = parameters.get(name);
      Tensor gradient =
          p == null ? inputs.get(Integer.parseInt(name.substring(1))).grad() : p.gradient();
      same("gradient of " + name, line, Objects.requireNonNull(gradient, name));
      compared++;
    }
    assertEquals(parameters.size() + inputs.size(), compared);
    for (List<String> line : block.all("buffer")) {
      same(line.get(1), line, Objects.requireNonNull(built.network().buffers().get(line.get(1))));
    }
  }

  /** Compares with the numbers of a line from the third word on. */
  private static void same(String what, List<String> line, Tensor actual) {
    double[] got = actual.toDoubleArray();
    assertEquals(line.size() - 2, got.length, what);
    double largest = 1e-3;
    for (double v : got) {
      largest = Math.max(largest, Math.abs(v));
    }
    for (int i = 0; i < got.length; i++) {
      double expected = Double.parseDouble(line.get(i + 2));
      // Gradients may cancel to nearly nothing, so the bound is relative to the largest.
      assertTrue(
          Math.abs(expected - got[i]) <= EXACT * largest,
          what + " at " + i + " is " + got[i] + ", not " + expected);
    }
  }
}
