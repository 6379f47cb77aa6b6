package org.adjoint.tutorials;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** Where a command prints. */
final class CommandOutput {
  private CommandOutput() {}

  /** Returns the standard output of the running command line. */
  static PrintWriter of(@Nullable CommandSpec spec) {
    if (spec == null) {
      throw new IllegalStateException("the command was not started by picocli");
    }
    return spec.commandLine().getOut();
  }
}
