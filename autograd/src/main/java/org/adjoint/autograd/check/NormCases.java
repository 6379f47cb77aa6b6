package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Norms;
import org.adjoint.kernels.Kernels;

/** Cases of batch normalisation, in training and at inference. */
final class NormCases {
  private static final double EPSILON = 1e-3;

  private NormCases() {}

  static void add(List<OpCase> cases) {
    int[][] shapes = {
      {4, 1},
      {3, 2},
      {5, 3},
      {2, 2, 3},
      {2, 3, 2, 2},
      {1, 2, 3, 3},
      {3, 2, 1, 5},
      {8, 7},
      {2, 4, 3, 3},
      {16, 3},
      {2, 2, 2, 2, 2}
    };
    for (int[] x : shapes) {
      for (Input.View view : Input.View.values()) {
        add(cases, view, x);
        response(cases, view, 1 + x[1] % 5, x);
      }
    }
  }

  private static void response(List<OpCase> cases, Input.View view, int size, int... x) {
    cases.add(
        OpCase.of(
                "local_response_norm",
                "y = x / (k + alpha * mean of x^2 over channels around)^beta",
                "of its parts")
            .family(Kernels.Family.NORMS)
            .recorded()
            .with("size", size)
            .view(view)
            .input("x", Values.between(-2, 2), x)
            .rule(Rule.sensitivity(size + 1))
            .applying(in -> Norms.localResponseNorm(in[0], size, 0.5, 0.75, 1.5)));
  }

  private static void add(List<OpCase> cases, Input.View view, int... x) {
    int c = x[1];
    int m = 1;
    for (int d : x) {
      m *= d;
    }
    m /= c;
    cases.add(
        OpCase.of(
                "batch_norm",
                "y = gamma * (x - mean) / sqrt(variance + epsilon) + beta",
                "dbeta = sum dy, dgamma = sum dy * xhat, dx = gamma / sqrt(variance + epsilon) *"
                    + " (dy - dbeta / m - xhat * dgamma / m)")
            .family(Kernels.Family.NORMS)
            .recorded()
            .with("epsilon", EPSILON)
            .view(view)
            .input("x", Values.between(-2, 2), x)
            .input("gamma", Values.between(0.5, 1.5), c)
            .input("beta", Values.between(-1, 1), c)
            .rule(Rule.sensitivity(m + 2))
            .applying(in -> Norms.batchNorm(in[0], in[1], in[2], EPSILON).y()));
    cases.add(
        OpCase.of(
                "batch_norm_inference",
                "y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, statistics given",
                "dx = gamma / sqrt(variance + epsilon) * dy, dgamma = sum dy * xhat, dbeta = sum"
                    + " dy")
            .family(Kernels.Family.NORMS)
            .recorded()
            .with("epsilon", EPSILON)
            .view(view)
            .input("x", Values.between(-2, 2), x)
            .input("gamma", Values.between(0.5, 1.5), c)
            .input("beta", Values.between(-1, 1), c)
            .view(Input.View.DENSE)
            .setting("mean", false, Values.between(-0.5, 0.5), c)
            .setting("variance", false, Values.between(0.5, 2), c)
            .rule(Rule.sensitivity(4))
            .applying(
                in ->
                    Norms.batchNormInference(
                        in[0], in[3].value(), in[4].value(), in[1], in[2], EPSILON)));
  }
}
