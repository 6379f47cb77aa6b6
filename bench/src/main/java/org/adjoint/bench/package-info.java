/** The workloads on which speed is stated, and how they are measured. */
@NullMarked
package org.adjoint.bench;

import org.jspecify.annotations.NullMarked;
