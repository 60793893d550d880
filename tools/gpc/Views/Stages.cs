using GraphPartition.EngineBuilder;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>Shows the progress of a command. Only on a terminal: nothing goes to pipes and files.</summary>
internal static class Stages
{
    private static EngineBar? _engines; // of the command that is shown

    /// <summary>Shows the progress of builds. Without a terminal, only that a build waits for another process is printed.</summary>
    public static IProgress<EngineProgress> Engines { get; } = new EngineDisplay();

    /// <summary>Does the work; it calls its argument at the start of each of <paramref name="count"/> stages with what it is
    /// about to do.</summary>
    public static T Show<T>(int count, Func<Action<string>, T> work) => Show(count, (stage, _) => work(stage));

    /// <summary>
    /// As the other form; a long stage tells besides what it is doing, how much of it is done, and of how much (0: not known).
    /// </summary>
    public static T Show<T>(int count, Func<Action<string>, Action<string, int, int>, T> work)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive || Console.IsOutputRedirected || Console.IsErrorRedirected)
            return work(_ => { }, (_, _, _) => { });
        T result = default!;
        AnsiConsole.Progress().AutoClear(true).Columns(
            new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new ElapsedTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask("starting", maxValue: count);
                _engines = new EngineBar(context);
                ProgressTask? part = null;
                bool started = false;
                try
                {
                    result = work(stage =>
                    {
                        if (started) task.Increment(1);
                        started = true;
                        task.Description = Markup.Escape(stage);
                        if (part is not null) part.Value = part.MaxValue;
                        part = null;
                    }, (what, done, all) =>
                    {
                        part ??= context.AddTask("");
                        part.Description = Markup.Escape(all > 0 ? $"{what}: {done} of {all}" : $"{what} ({done} measured)");
                        part.IsIndeterminate = all == 0;
                        if (all > 0) (part.MaxValue, part.Value) = (all, done);
                    });
                }
                finally
                {
                    _engines = null;
                }
                task.Value = count;
            });
        return result;
    }

    private sealed class EngineDisplay : IProgress<EngineProgress>
    {
        public void Report(EngineProgress value)
        {
            if (_engines is { } bar) bar.Show(value);
            else if (value.Build is { IsWaiting: true } build) Console.Error.WriteLine($"gpc: {build.Phase}");
        }
    }

    /// <summary>A bar over all groups. The steps of the builder's outermost phase move it within a group.</summary>
    private sealed class EngineBar(ProgressContext context)
    {
        private ProgressTask? _task;

        public void Show(EngineProgress progress)
        {
            _task ??= context.AddTask("engines", maxValue: Math.Max(1, progress.Groups));
            _task.MaxValue = Math.Max(1, progress.Groups);
            double within = progress.Build is { Parent: null, Steps: > 0 } build ? (double)build.Step / build.Steps : 0;
            _task.Value = Math.Max(_task.Value, progress.Done + Math.Min(within, 1));
            _task.Description = Markup.Escape($"engines {progress.Done}/{progress.Groups}: {progress.What}");
        }
    }
}
