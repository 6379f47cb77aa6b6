package org.adjoint.kernels.ptx;

/**
 * A line of a PTX text, as the file that a reader opens has it.
 *
 * @param file the file's name
 * @param line the line, from 1
 */
public record PtxLine(String file, int line) {
  @Override
  public String toString() {
    return file + ":" + line;
  }
}
