package org.adjoint.layers.check;

import java.util.Locale;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Pieces;
import org.adjoint.autograd.ops.PoolingNd.Pool1dSpec;
import org.adjoint.autograd.ops.PoolingNd.Pool3dSpec;
import org.adjoint.autograd.ops.Repeats;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.layers.Activation;
import org.adjoint.layers.AdaptiveAvgPool2d;
import org.adjoint.layers.AdaptiveMaxPool2d;
import org.adjoint.layers.AdditiveAttention;
import org.adjoint.layers.AttentionMask;
import org.adjoint.layers.AvgPool1d;
import org.adjoint.layers.AvgPool2d;
import org.adjoint.layers.AvgPool3d;
import org.adjoint.layers.BackFedCell;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Bilinear;
import org.adjoint.layers.ChannelDropout;
import org.adjoint.layers.Checkpointed;
import org.adjoint.layers.ConnectionTableConv2d;
import org.adjoint.layers.Conv1d;
import org.adjoint.layers.Conv2d;
import org.adjoint.layers.Conv3d;
import org.adjoint.layers.ConvTranspose1d;
import org.adjoint.layers.ConvTranspose2d;
import org.adjoint.layers.ConvTranspose3d;
import org.adjoint.layers.Dropout;
import org.adjoint.layers.Embedding;
import org.adjoint.layers.EmbeddingBag;
import org.adjoint.layers.Flatten;
import org.adjoint.layers.GlobalAvgPool;
import org.adjoint.layers.GlobalMaxPool;
import org.adjoint.layers.GroupNorm;
import org.adjoint.layers.Highway;
import org.adjoint.layers.InstanceNorm;
import org.adjoint.layers.Lambda;
import org.adjoint.layers.Layer;
import org.adjoint.layers.LayerNorm;
import org.adjoint.layers.LeakyIntegrateAndFire;
import org.adjoint.layers.LearnedPositions;
import org.adjoint.layers.Linear;
import org.adjoint.layers.MatchInput;
import org.adjoint.layers.MaxPool1d;
import org.adjoint.layers.MaxPool2d;
import org.adjoint.layers.MaxPool3d;
import org.adjoint.layers.MultiHeadAttention;
import org.adjoint.layers.MultiplicativeAttention;
import org.adjoint.layers.Network;
import org.adjoint.layers.PRelu;
import org.adjoint.layers.PixelShuffle;
import org.adjoint.layers.RadialBasis;
import org.adjoint.layers.Residual;
import org.adjoint.layers.RestrictedBoltzmannMachine;
import org.adjoint.layers.RmsNorm;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.SinusoidalPositions;
import org.adjoint.layers.StochasticBinary;
import org.adjoint.layers.Subsampling;
import org.adjoint.layers.TransformerDecoderLayer;
import org.adjoint.layers.TransformerEncoderLayer;
import org.adjoint.layers.Upsample;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/** The layers that PyTorch was asked about, by the names of its record. */
final class LayerCases {
  private LayerCases() {}

  /** A network and what it computes of the recorded inputs. */
  record Built(Network network, Call call) {
    static Built of(Layer layer) {
      return new Built(layer, x -> layer.forward(x[0]));
    }
  }

  interface Call {
    Variable of(Variable[] x);
  }

  private static Tensor mask(Setup s, int rows, int columns, int... hidden) {
    double[] m = new double[rows * columns];
    for (int at : hidden) {
      m[at] = Double.NEGATIVE_INFINITY;
    }
    return LayerRecord.tensor(s, m, Shape.of(rows, columns));
  }

  /**
   * Builds the layer of a recorded case.
   *
   * @throws IllegalStateException if there is none of that name
   */
  static Built build(String name, Setup s) {
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
      default -> pool(name, s);
    };
  }

  private static Built pool(String name, Setup s) {
    return switch (name) {
      case "max-pool-1d" -> Built.of(new MaxPool1d(new Pool1dSpec(3, 2, 1)));
      case "max-pool-2d" -> Built.of(new MaxPool2d(new Pool2dSpec(3, 2, 2, 1, 1, 0)));
      case "max-pool-3d" -> Built.of(new MaxPool3d(2));
      case "avg-pool-1d" -> Built.of(new AvgPool1d(new Pool1dSpec(3, 2, 1), false));
      case "avg-pool-2d-inside" -> Built.of(new AvgPool2d(new Pool2dSpec(3, 3, 2, 2, 1, 1), false));
      case "avg-pool-3d" -> Built.of(new AvgPool3d(2));
      case "max-pool-1d-dilated" -> Built.of(new MaxPool1d(new Pool1dSpec(3, 2, 1, 2, true)));
      case "max-pool-2d-dilated" ->
          Built.of(new MaxPool2d(new Pool2dSpec(2, 3, 2, 2, 0, 1).dilated(2, 1).roundedUp()));
      case "avg-pool-1d-ceil" -> Built.of(new AvgPool1d(new Pool1dSpec(3, 3, 1, 1, true), true));
      case "avg-pool-2d-divisor" -> Built.of(new AvgPool2d(new Pool2dSpec(3, 3, 2, 2, 1, 1), 7));
      case "avg-pool-3d-divisor" -> Built.of(new AvgPool3d(Pool3dSpec.of(2, 1, 0), 3));
      case "adaptive-avg-pool-2d" -> Built.of(new AdaptiveAvgPool2d(3, 2));
      case "adaptive-max-pool-2d" -> Built.of(new AdaptiveMaxPool2d(3, 2));
      default -> convolution(name, s);
    };
  }

  private static Built convolution(String name, Setup s) {
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

  private static Built wrapper(String name, Setup s) {
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

  private static Built table(String name, Setup s) {
    Tensor numbers = Tensor.of(s.device(), new int[] {1, 4, 1, 0, 2, 4}, 2, 3);
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

  private static Built cell(String name, Setup s) {
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

  private static Built attention(String name, Setup s) {
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
        AttentionMask mask = AttentionMask.NONE.scores(mask(s, 3, 5, 1, 14, 10));
        return new Built(a, x -> a.attend(x[0], x[1], x[2], mask));
      }
      case "multi-head-attention-widths" -> {
        MultiHeadAttention a = new MultiHeadAttention(s, 6, 2, 3, 4, 0, true);
        AttentionMask mask =
            AttentionMask.NONE.scores(mask(s, 3, 5, 1, 14)).padding(mask(s, 2, 5, 4, 7));
        return new Built(a, x -> a.attend(x[0], x[1], x[2], mask));
      }
      case "multi-head-attention-padded" -> {
        MultiHeadAttention a = new MultiHeadAttention(s, 6, 2, 0, false);
        AttentionMask mask = AttentionMask.CAUSAL.padding(mask(s, 2, 4, 3, 6));
        return new Built(a, x -> a.attend(x[0], x[0], x[0], mask));
      }
      case "multi-head-attention-by-head" -> {
        MultiHeadAttention a = new MultiHeadAttention(s, 4, 2);
        Tensor byHead = mask(s, 12, 3, 1, 5, 22, 29).reshape(Shape.of(2, 2, 3, 3));
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
        AttentionMask seen = AttentionMask.NONE.scores(mask(s, 3, 5, 7));
        return new Built(d, x -> d.forward(x[0], x[1], AttentionMask.CAUSAL, seen));
      }
      case "transformer-encoder-padded" -> {
        TransformerEncoderLayer e = new TransformerEncoderLayer(s, 4, 2, 8, 0);
        AttentionMask seen = AttentionMask.NONE.scores(mask(s, 3, 3, 1)).padding(mask(s, 2, 3, 2));
        return new Built(e, x -> e.forward(x[0], seen));
      }
      case "transformer-decoder-padded" -> {
        TransformerDecoderLayer d = new TransformerDecoderLayer(s, 4, 2, 8, 0);
        AttentionMask tokens = AttentionMask.NONE.padding(mask(s, 2, 3, 2));
        AttentionMask seen = AttentionMask.NONE.padding(mask(s, 2, 5, 4, 5));
        return new Built(d, x -> d.forward(x[0], x[1], tokens, seen));
      }
      case "additive-attention" -> {
        AdditiveAttention a = new AdditiveAttention(s, 3, 4, 5);
        return new Built(a, x -> a.attend(x[0], x[1], null).context());
      }
      case "multiplicative-attention" -> {
        MultiplicativeAttention a = new MultiplicativeAttention(s, 3, 4);
        return new Built(a, x -> a.attend(x[0], x[1], mask(s, 1, 4, 2)).context());
      }
      default -> {
        return RecurrentCases.build(name, s);
      }
    }
  }
}
