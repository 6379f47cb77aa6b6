package org.adjoint.autograd.check;

import org.adjoint.tensor.DType;

/**
 * One line of the published table: all cases of an op under one check.
 *
 * @param op the op, {@code layer NAME} for a layer, or a workload
 * @param check {@code gradient}, {@code gradient2}, {@code value}, {@code vjp}, {@code pytorch}, or
 *     {@code steps}: ten training steps of a workload; {@code faults} is the last row of a whole
 *     run, in which {@code cases} counts the wrong gradients that were planted and {@code error}
 *     those that the gradient check did not find
 * @param device the device that computed
 * @param dtype the element type in which it computed
 * @param kernel the class that served the op's family of kernels
 * @param cases how many cases were run
 * @param fallbacks how many calls the reference served in place of the device
 * @param expected the number nearest to, or farthest beyond, its bound: what it should be
 * @param error its distance from what it is
 * @param bound the bound of that distance
 * @param ok whether every number of every case was within its bound
 */
public record CheckRow(
    String op,
    String check,
    String device,
    String dtype,
    String kernel,
    int cases,
    long fallbacks,
    double expected,
    double error,
    double bound,
    boolean ok) {
  /** Returns the error in units in the last place of what was expected, in the row's type. */
  public double ulps() {
    double unit =
        dtype.equals(DType.F32.toString()) ? Math.ulp((float) expected) : Math.ulp(expected);
    return error == 0 ? 0 : error / unit;
  }

  /** Returns the error as a share of what was expected; infinite if that is 0 and there is one. */
  public double relative() {
    return error == 0 ? 0 : error / Math.abs(expected);
  }

  /**
   * Returns the row as a JSON object; JSON has no infinity, so the largest double stands for it.
   */
  public String json() {
    return "{\"op\": \""
        + escaped(op)
        + "\", \"check\": \""
        + check
        + "\", \"device\": \""
        + device
        + "\", \"dtype\": \""
        + dtype
        + "\", \"kernel\": \""
        + kernel
        + "\", \"cases\": "
        + cases
        + ", \"fallbacks\": "
        + fallbacks
        + ", \"expected\": "
        + finite(expected)
        + ", \"error\": "
        + finite(error)
        + ", \"ulps\": "
        + finite(ulps())
        + ", \"relative\": "
        + finite(relative())
        + ", \"bound\": "
        + finite(bound)
        + ", \"ok\": "
        + ok
        + "}";
  }

  private static double finite(double x) {
    return Double.isFinite(x) ? x : Double.MAX_VALUE;
  }

  /** Names of users' ops may hold anything. */
  private static String escaped(String text) {
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        s.append('\\').append(c);
      } else if (c < ' ') {
        s.append(String.format("\\u%04x", (int) c));
      } else {
        s.append(c);
      }
    }
    return s.toString();
  }
}
