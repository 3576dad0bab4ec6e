using Microsoft.Extensions.Options;
using Orleans;

namespace Cloud.Embedded.Configuration;

/// <summary>Checks the options of reminders.</summary>
internal sealed class ReminderOptionsValidator(IOptions<Orleans.Hosting.ReminderOptions> reminders) : IConfigurationValidator
{
    public void ValidateConfiguration() => MessagingRules.Require(
        reminders.Value.MinimumReminderPeriod >= TimeSpan.Zero,
        nameof(Orleans.Hosting.ReminderOptions),
        nameof(reminders.Value.MinimumReminderPeriod),
        reminders.Value.MinimumReminderPeriod,
        "must not be less than zero");
}
