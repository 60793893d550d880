using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;
using GraphPartition.TensorRt.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GraphPartition.TensorRt.Tests;

/// <summary>The caller's code inside a build: cancellation, a progress receiver and a logger, also if they throw.</summary>
public sealed class CallbackTests
{
    [MockTheory]
    [MockLayouts]
    public void A_cancelled_build_ends(string layout)
    {
        Mock mock = Mock.Open(layout);
        bool reports = !layout.StartsWith("trt8", StringComparison.Ordinal);
        using CancellationTokenSource source = new();
        List<BuildProgress> seen = [];
        Receiver<BuildProgress> receiver = new(p =>
        {
            seen.Add(p);
            if (p is { Phase: "Tactics", Step: 2 })
            {
                source.Cancel();
            }
        });
        using (TrtBuilder builder = TrtBuilder.Create(mock.Load()))
        {
            byte[] onnx = OnnxBytes.Example().ToArray();
            if (reports)
            {
                Assert.Throws<OperationCanceledException>(() => builder.Build(onnx, new BuildOptions(), receiver, source.Token));
                Assert.Contains(new BuildProgress("Tactics", "Building", 2, 3, false), seen);
                Assert.DoesNotContain(seen, p => p is { Phase: "Tactics", Step: 3 });
                Assert.Equal(["Tactics", "Building"], seen.Where(p => p.IsFinished).Select(p => p.Phase));
            }

            source.Cancel();
            Assert.Throws<OperationCanceledException>(() => builder.Build(onnx, new BuildOptions(), receiver, source.Token));
        }

        mock.AssertClean();
    }

    [MockFact]
    public void An_exception_of_a_progress_receiver_stops_the_build_and_reaches_the_caller()
    {
        Mock mock = Mock.Open("trt10_16");
        using (TrtBuilder builder = TrtBuilder.Create(mock.Load()))
        {
            Receiver<BuildProgress> receiver = new(_ => throw new FormatException("bad terminal"));
            var stopped = Assert.Throws<InvalidOperationException>(
                () => builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions(), receiver));
            Assert.IsType<FormatException>(stopped.InnerException);
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Messages_arrive_and_a_logger_that_throws_does_no_harm(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        CollectingLogger logger = new();
        using (TrtBuilder.Create(library, logger))
        {
            Assert.Contains("TensorRT: createInferBuilder", logger.Messages);
            Assert.Contains("TensorRT: a warning from another thread, with an umlaut: ä", logger.Messages);
        }

        using (TrtBuilder.Create(library, new CollectingLogger { Throws = true }))
        using (TrtRuntime.Create(library, new CollectingLogger { Throws = true }))
        {
        }

        mock.AssertClean();
    }

    private sealed class CollectingLogger : ILogger
    {
        private readonly List<string> _messages = [];

        public bool Throws { get; init; }

        public IReadOnlyList<string> Messages
        {
            get
            {
                lock (_messages)
                {
                    return [.. _messages];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (Throws)
            {
                throw new InvalidOperationException("the log file is full");
            }

            lock (_messages)
            {
                _messages.Add(formatter(state, exception));
            }
        }
    }
}
