package org.adjoint.kernels.ptx;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.kernels.ptx.PtxSyntax.Function;
import org.jspecify.annotations.Nullable;

/**
 * A PTX text, read and decoded: its header, its kernels, its functions and variables. Immutable.
 */
public final class PtxModule {
  private final PtxSource source;
  private final String version;
  private final String target;
  private final Map<String, Function> functions;
  private final List<PtxVariable> variables;
  private final Map<String, PtxEntry> entries = new LinkedHashMap<>();

  PtxModule(
      PtxSource source,
      String version,
      String target,
      Map<String, Function> functions,
      List<PtxVariable> variables) {
    this.source = source;
    this.version = version;
    this.target = target;
    this.functions = functions;
    this.variables = List.copyOf(variables);
    for (Function function : functions.values()) {
      if (function.entry()) {
        entries.put(function.name(), new PtxEntry(this, function));
      }
    }
  }

  /**
   * Reads a text, with its includes.
   *
   * @param file the name to report lines under
   * @param text the text
   * @throws PtxException if it cannot be read, naming the line
   */
  public static PtxModule parse(String file, String text) {
    return parse(PtxSource.of(file, text));
  }

  /**
   * Reads a text.
   *
   * @param source the text
   * @throws PtxException if it cannot be read, naming the line
   */
  public static PtxModule parse(PtxSource source) {
    return PtxParser.parse(source);
  }

  /**
   * Reads a kernel text of this project.
   *
   * @param name the file's name, such as {@code softmax.ptx}
   * @throws PtxException if it cannot be read, naming the line
   */
  public static PtxModule load(String name) {
    return parse(PtxSource.load(name));
  }

  /** Returns the text. */
  public PtxSource source() {
    return source;
  }

  /** Returns the version of PTX, such as "7.0". */
  public String version() {
    return version;
  }

  /** Returns the architecture, such as "sm_70". */
  public String target() {
    return target;
  }

  /** Returns the kernels by name, in the order of the text. */
  public Map<String, PtxEntry> entries() {
    return Collections.unmodifiableMap(entries);
  }

  /**
   * Returns a kernel.
   *
   * @param name its name
   * @throws PtxException if the module has no such kernel
   */
  public PtxEntry entry(String name) {
    PtxEntry entry = entries.get(name);
    if (entry == null) {
      throw new PtxException(
          source.origin(1), "the kernel", name, "this module has " + entries.keySet());
    }
    return entry;
  }

  /** Returns the names of the device functions. */
  public List<String> functions() {
    List<String> names = new ArrayList<>();
    for (Function function : functions.values()) {
      if (!function.entry()) {
        names.add(function.name());
      }
    }
    return names;
  }

  /** Returns the variables of the module. */
  public List<PtxVariable> variables() {
    return variables;
  }

  @Nullable Function function(String name) {
    return functions.get(name);
  }

  @Override
  public String toString() {
    return source.name() + " (PTX " + version + ", " + target + ", " + entries.size() + " kernels)";
  }
}
