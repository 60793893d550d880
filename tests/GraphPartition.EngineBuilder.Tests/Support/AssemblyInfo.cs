using Xunit;

// The mock libraries count objects and calls per process, so tests take turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
