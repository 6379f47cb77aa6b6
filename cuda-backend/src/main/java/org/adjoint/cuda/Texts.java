package org.adjoint.cuda;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.adjoint.kernels.ptx.PtxSource;

/**
 * The hand-written kernels on one GPU: a text is translated when one of its entries is first asked
 * for. Thread-safe.
 */
final class Texts {
  private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+(\\w+)");

  private final CudaDriver driver;
  private final ConcurrentHashMap<String, CudaDriver.Module> modules = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, CudaDriver.Function> entries = new ConcurrentHashMap<>();

  Texts(CudaDriver driver) {
    this.driver = driver;
  }

  /**
   * Returns a kernel.
   *
   * @param file the text: {@code softmax.ptx}
   * @param entry the name of its entry, which no other text has
   */
  CudaDriver.Function kernel(String file, String entry) {
    CudaDriver.Function known = entries.get(entry);
    return known != null
        ? known
        : entries.computeIfAbsent(entry, e -> module(file).function(entry));
  }

  /** Returns the names of a text's entries, without translating it. */
  static Set<String> entries(String file) {
    Set<String> names = new HashSet<>();
    Matcher m = ENTRY.matcher(PtxSource.load(file).text());
    while (m.find()) {
      names.add(m.group(1));
    }
    return names;
  }

  private CudaDriver.Module module(String file) {
    return modules.computeIfAbsent(file, f -> driver.load(PtxSource.load(f)));
  }
}
