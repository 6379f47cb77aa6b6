package org.adjoint.autograd.check;

/**
 * One line of the published table: all cases of an op under one check.
 *
 * @param op the op
 * @param check {@code gradient}, {@code gradient2}, {@code value}, {@code vjp}, {@code pytorch}, or
 *     {@code faults}: the last row of a whole run, in which {@code cases} counts the wrong
 *     gradients that were planted and {@code error} those that the gradient check did not find
 * @param device the device that computed
 * @param dtype the element type in which it computed
 * @param kernel the class that served the op's family of kernels
 * @param cases how many cases were run
 * @param error the distance of the number nearest to, or farthest beyond, its bound
 * @param bound the bound of that number
 * @param ok whether every number of every case was within its bound
 */
public record CheckRow(
    String op,
    String check,
    String device,
    String dtype,
    String kernel,
    int cases,
    double error,
    double bound,
    boolean ok) {
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
        + ", \"error\": "
        + (Double.isFinite(error) ? error : Double.MAX_VALUE)
        + ", \"bound\": "
        + (Double.isFinite(bound) ? bound : Double.MAX_VALUE)
        + ", \"ok\": "
        + ok
        + "}";
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
