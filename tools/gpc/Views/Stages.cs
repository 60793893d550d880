using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>Shows the progress of a command. Only on a terminal: nothing goes to pipes and files.</summary>
internal static class Stages
{
    /// <summary>Does the work; it calls its argument at the start of each of <paramref name="count"/> stages with what it is
    /// about to do.</summary>
    public static T Show<T>(int count, Func<Action<string>, T> work)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive || Console.IsOutputRedirected || Console.IsErrorRedirected) return work(_ => { });
        T result = default!;
        AnsiConsole.Progress().AutoClear(true).Columns(
            new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new ElapsedTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask("starting", maxValue: count);
                bool started = false;
                result = work(stage =>
                {
                    if (started) task.Increment(1);
                    started = true;
                    task.Description = Markup.Escape(stage);
                });
                task.Value = count;
            });
        return result;
    }
}
