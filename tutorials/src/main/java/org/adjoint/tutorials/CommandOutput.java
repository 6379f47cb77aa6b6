package org.adjoint.tutorials;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.adjoint.kernels.BackendProvider;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Precision;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DeviceException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What the commands share: where they print, and how they refuse. */
final class CommandOutput {
  private CommandOutput() {}

  /** Returns the standard output of the running command line. */
  static PrintWriter of(@Nullable CommandSpec spec) {
    if (spec == null) {
      throw new IllegalStateException("the command was not started by picocli");
    }
    return spec.commandLine().getOut();
  }

  /** Returns whether this Java runtime can draw; that of a bundle cannot. */
  static boolean canDraw() {
    return ModuleLayer.boot().findModule("java.desktop").isPresent();
  }

  /**
   * Refuses wrong usage.
   *
   * @throws ParameterException if the condition does not hold
   */
  static void require(@Nullable CommandSpec spec, boolean holds, String message) {
    if (!holds && spec != null) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  /**
   * Refuses a device that nobody offers; one that is offered but not available fails later.
   *
   * @throws ParameterException if there is none of that name
   */
  static void requireDevice(@Nullable CommandSpec spec, String name) {
    try {
      Backends.provider(name);
    } catch (DeviceException e) {
      List<String> known = Backends.providers().stream().map(BackendProvider::name).toList();
      require(spec, false, "unknown device '" + name + "'; known are " + known);
    }
  }

  /**
   * Returns the precision of a name.
   *
   * @throws ParameterException if there is none
   */
  static Precision precision(@Nullable CommandSpec spec, String name) {
    try {
      return Precision.named(name);
    } catch (ArgumentException e) {
      require(spec, false, "unknown precision '" + name + "'; known are " + Precision.labels());
      throw e;
    }
  }

  /**
   * Finds out before the work whether a file can be written, and leaves what it holds.
   *
   * @throws IOException if it cannot
   */
  static void requireWritable(@Nullable Path file) throws IOException {
    if (file != null) {
      Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    }
  }
}
