package org.adjoint.tutorials;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All programs of the command, in the order of the course. */
final class Programs {
  static final List<Program> ALL = List.of(Program.MLP, Program.LENET5, Program.AUTOENCODER);

  private Programs() {}

  /** Returns the names. */
  static List<String> names() {
    return ALL.stream().map(Program::name).toList();
  }

  /** Returns the program of a name, or null. */
  static @Nullable Program find(String name) {
    return ALL.stream().filter(p -> p.name().equals(name)).findFirst().orElse(null);
  }
}
