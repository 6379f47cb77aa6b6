package org.adjoint.autograd.check;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import org.adjoint.tensor.ArgumentException;

/** All cases of all {@link OpCases} that {@link ServiceLoader} finds. */
public final class Catalogue {
  /** How many cases of an op are recorded from PyTorch, and how large they may be. */
  private static final int RECORDED = 5;

  private static final int RECORDED_SIZE = 40;

  private final List<OpCase> cases;

  private Catalogue(List<OpCase> cases) {
    Set<String> seen = new HashSet<>();
    for (OpCase c : cases) {
      if (!seen.add(c.id())) {
        throw new ArgumentException(
            "Catalogue", "case", c.id(), "it is listed twice; tell them apart with remark");
      }
    }
    this.cases = List.copyOf(cases);
  }

  /**
   * Returns the cases found through a class loader.
   *
   * @throws ArgumentException if two cases have the same id, or a provider cannot be loaded
   */
  public static Catalogue load(ClassLoader loader) {
    List<OpCase> all = new ArrayList<>();
    try {
      for (OpCases provider : ServiceLoader.load(OpCases.class, loader)) {
        all.addAll(provider.cases());
      }
    } catch (ServiceConfigurationError e) {
      ArgumentException named =
          new ArgumentException(
              "Catalogue",
              "provider",
              String.valueOf(e.getMessage()),
              "META-INF/services/"
                  + OpCases.class.getName()
                  + " must name public classes with a public constructor without arguments");
      named.initCause(e);
      throw named;
    }
    return new Catalogue(all);
  }

  /** Returns the cases on the class path or module path of the engine. */
  public static Catalogue load() {
    return load(Catalogue.class.getClassLoader());
  }

  /** Returns a catalogue of these cases. */
  public static Catalogue of(List<OpCase> cases) {
    return new Catalogue(cases);
  }

  /** Returns all cases in the order of the catalogue. */
  public List<OpCase> cases() {
    return cases;
  }

  /** Returns the cases by op, in the order of the catalogue. */
  public Map<String, List<OpCase>> byOp() {
    Map<String, List<OpCase>> map = new LinkedHashMap<>();
    for (OpCase c : cases) {
      map.computeIfAbsent(c.op(), k -> new ArrayList<>()).add(c);
    }
    return map;
  }

  /** Returns the cases whose values PyTorch is asked for: a few small, varied ones of every op. */
  public List<OpCase> recorded() {
    List<OpCase> chosen = new ArrayList<>();
    for (List<OpCase> ofOp : byOp().values()) {
      List<OpCase> small = new ArrayList<>();
      for (OpCase c : ofOp) {
        if (c.recorded() && isSmall(c)) {
          small.add(c);
        }
      }
      int count = Math.min(RECORDED, small.size());
      for (int i = 0; i < count; i++) {
        chosen.add(small.get(i * small.size() / count));
      }
    }
    return chosen;
  }

  /** Small, not trivial, and with every operand dense. */
  private static boolean isSmall(OpCase c) {
    int total = 0;
    for (Input input : c.inputs()) {
      if (input.view() != Input.View.DENSE) {
        return false;
      }
      total += input.shape().size();
    }
    return total > 2 && total <= RECORDED_SIZE;
  }
}
