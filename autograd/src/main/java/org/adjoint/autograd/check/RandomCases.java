package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Tensor;

/** Cases of the random draws: the same bits on every device. */
final class RandomCases {
  private static final int[][] SHAPES = {
    {}, {1}, {3}, {4}, {5}, {16}, {33}, {2, 3, 4}, {0}, {1000}, {4098}
  };

  private RandomCases() {}

  static void add(List<OpCase> cases) {
    for (int[] shape : SHAPES) {
      for (int seed : new int[] {1, 12345}) {
        // A counter beyond 2^32 uses both words of it.
        for (long counter : new long[] {0, 7, 6_000_000_001L}) {
          draw(cases, "uniform", "y = low + (high - low) u", seed, counter, shape);
          draw(cases, "normal", "y = mean + deviation z", seed, counter, shape);
          draw(cases, "bernoulli", "y = u < probability", seed, counter, shape);
          if (shape.length == 1) {
            draw(cases, "permutation", "y = 0 ... n - 1 in random order", seed, counter, shape);
          }
        }
      }
    }
  }

  private static void draw(
      List<OpCase> cases, String op, String formula, int seed, long counter, int... shape) {
    cases.add(
        OpCase.of(op, formula, "none")
            .family(Kernels.Family.RANDOM)
            .with("seed", seed)
            .with("counter", counter)
            .plain("like", Values.listed(0), shape)
            .rule(Rule.draw())
            .applying(in -> Variable.of(draw(op, new RandomStream(seed, counter), in[0].value()))));
  }

  private static Tensor draw(String op, RandomStream stream, Tensor like) {
    if (op.equals("permutation")) {
      return stream.permutation(like.device(), like.size());
    }
    Tensor out = Tensor.result(like.device(), like.dtype(), like.shape());
    return switch (op) {
      case "uniform" -> stream.uniform(out, -0.75, 1.5);
      case "normal" -> stream.normal(out, 0.5, 2);
      default -> stream.bernoulli(out, 0.3);
    };
  }
}
