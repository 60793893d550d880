// What a library can do to its process. A mock does it where a test asks for it, by name or by the number of a call.
#pragma once
#include "graph.h"
#include <string>

enum class Fault { kNONE, kFAIL, kCRASH, kABORT, kHANG, kEAT };

// Does not return, but for kNONE and kFAIL.
__attribute__((visibility("default"))) void commit(Fault fault);

// "crash:NODE=1" and so on in GP_MOCK_FAIL: what shall happen when a graph with this node is worked on. The prefix is for the parser's faults.
__attribute__((visibility("default"))) void misbehave(Graph const& graph, std::string const& prefix);
